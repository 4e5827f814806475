/**
 * Whether `issuer` matches the issuer in the metadata. Entra's `common` has a template there,
 * `https://login.microsoftonline.com/{tenantid}/v2.0`: a `{placeholder}` matches one whole segment of the path, never a part of the
 * host. Everything else must be equal (RFC 8414 §3.3).
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
 * Whether an `iss` (RFC 9207, an ID token's, an access token's) belongs to the provider: it is the issuer that is set, or both match
 * the template in the metadata.
 */
export function isIssuer(iss: string, issuer: string, discovered: Record<string, unknown> | null): boolean {
  if (iss === issuer) return true
  const template = discovered?.issuer
  return issuerFits(template, issuer) && issuerFits(template, iss)
}
