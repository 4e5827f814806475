/**
 * Whether `issuer` is what the metadata calls itself. Entra's `common` does so with a template,
 * `https://login.microsoftonline.com/{tenantid}/v2.0`: a `{placeholder}` stands for one whole segment of the path, never for a
 * part of the host. Anything else is compared as it is written (RFC 8414 §3.3).
 */
export function issuerFits(template: unknown, issuer: string): boolean {
  if (typeof template !== 'string') return false
  if (template === issuer) return true
  const [named, found] = [template, issuer].map((text) => /^(https?:\/\/[^/{}?#]+)(\/[^?#]*)$/.exec(text))
  if (!named || !found || named[1] !== found[1]) return false
  const segments = (named[2] as string).split('/')
  const others = (found[2] as string).split('/')
  return segments.length === others.length && segments.every((segment, i) => segmentFits(segment, others[i] as string))
}

const segmentFits = (segment: string, other: string) =>
  segment === other || (/^\{[^{}]+\}$/.test(segment) && /^[\w.~-]+$/.test(other) && !/^\.+$/.test(other))

/**
 * Whether an `iss` (RFC 9207, an ID token's, an access token's) is the provider's: the issuer that is set, or one that fits
 * the template in the metadata, if the set one does too.
 */
export function isIssuer(iss: string, issuer: string, discovered: Record<string, unknown> | null): boolean {
  if (iss === issuer) return true
  const template = discovered?.issuer
  return issuerFits(template, issuer) && issuerFits(template, iss)
}
