import type { Endpoints, OAuth2Config } from '../config/config.js'
import { parseUrl } from '../config/urls.js'
import { AppError } from '../errors.js'

/** A member of the metadata that we don't use, and the reason. */
export interface MetadataRemark {
  member: string
  message: string
}

export const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'jwks_uri',
  'device_authorization_endpoint',
] as const satisfies (keyof Endpoints)[]

/** A sign-in needs these. The others are optional. */
const NEEDED: readonly string[] = ['authorization_endpoint', 'token_endpoint']

/**
 * Reads the endpoints, each from its setting, else from the metadata (RFC 8414 §2), in the spelling of `URL`. An optional endpoint
 * that can't be used counts as absent, with a remark.
 * @param where the address of the metadata, for messages
 * @throws AppError if a required endpoint can't be used, or one uses http although the issuer uses https
 */
export function readEndpoints(config: OAuth2Config, document: Record<string, unknown>, where: string) {
  const remarks: MetadataRemark[] = []
  const read = (name: (typeof ENDPOINTS)[number]): string | null => {
    const set = config.endpoints[name]
    if (set !== null) return new URL(set).href
    const value = document[name]
    const fault = faultOf(value)
    if (fault === null) return refuseDowngrade(config, name, value as string, where)
    if (NEEDED.includes(name)) {
      throw new AppError('provider_malformed', `The metadata at ${where} has no usable ${name}: it ${fault}.`, {
        hint: `Set OAUTH2_${name.toUpperCase()} to the right URL.`,
      })
    }
    if (value !== undefined)
      remarks.push({ member: name, message: `${name} in the metadata ${fault}, so it is not used.` })
    return null
  }
  const endpoints = Object.fromEntries(ENDPOINTS.map((name) => [name, read(name)])) as unknown as Endpoints
  return { endpoints, remarks }
}

/** Says why a value can't be an endpoint; null if it can. */
function faultOf(value: unknown): string | null {
  if (value === undefined) return 'is missing'
  if (value === null) return 'is null'
  if (typeof value !== 'string') return 'is not a string'
  if (value.trim() === '') return 'is empty'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]/.test(value)) return 'has control characters'
  if (!/^\s*https?:\/\//i.test(value)) return 'is not a complete http(s) URL'
  const url = parseUrl(value)
  if (url === null) return 'is not a URL'
  const { username, password } = url
  return username || password ? 'has a user name or a password in it' : null
}

function refuseDowngrade({ issuer }: OAuth2Config, name: string, value: string, where: string): string {
  const url = new URL(value)
  // RFC 6749 §3.1: an endpoint has no fragment.
  url.hash = ''
  if (issuer !== null && /^https:/i.test(issuer) && url.protocol === 'http:') {
    throw new AppError(
      'provider_malformed',
      `The metadata at ${where} has a ${name} on plain http, although the issuer is on https.`,
      {
        hint: 'Correct it at the provider (behind a proxy, Keycloak needs KC_PROXY_HEADERS and KC_HOSTNAME), or set the endpoint yourself.',
      },
    )
  }
  return url.href
}
