import type { OAuth2Config } from '../config/config.js'
import { AppError } from '../errors.js'
import type { Answer } from './answer.js'
import type { ProviderFetch } from './http.js'
import { issuerFits } from './issuer.js'

const TIMEOUT = 5_000
const LIMIT = 256 * 1024

/** The metadata and its address. */
export interface Discovered {
  document: Record<string, unknown>
  url: string
}

/**
 * Discovers the metadata (OpenID Connect Discovery 1.0 §4, then RFC 8414 §3); null without an issuer.
 * @throws AppError if there is no metadata, or it belongs to another issuer.
 */
export async function discover(config: OAuth2Config, fetch: ProviderFetch): Promise<Discovered | null> {
  if (config.issuer === null && config.discoveryUrl === null) return null
  let first: AppError | null = null
  for (const url of discoveryUrls(config)) {
    try {
      const document = await readAt(url, fetch)
      checkIssuer(document, url, config)
      return { document, url }
    } catch (error) {
      // This address has no metadata: try the other one.
      if (!(error instanceof AppError) || error.code !== 'provider_malformed') throw error
      first ??= error
    }
  }
  throw first
}

/** Lists the possible addresses of the metadata, in order. */
export function discoveryUrls({ issuer, discoveryUrl }: Pick<OAuth2Config, 'issuer' | 'discoveryUrl'>): string[] {
  if (discoveryUrl !== null) return [discoveryUrl]
  const { origin, pathname } = new URL(issuer as string)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

async function readAt(url: string, fetch: ProviderFetch): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirects: 'same_origin',
    timeout: TIMEOUT,
    limit: LIMIT,
  })
  const document = response.status === 200 ? await readObject(response) : null
  if (document) return document
  throw new AppError('provider_malformed', `${url} answered ${response.status} without metadata.`, {
    hint: 'Check OAUTH2_ISSUER. Before Keycloak 17 it contains /auth: https://host/auth/realms/NAME. For a provider without discovery, set OAUTH2_AUTHORIZATION_ENDPOINT and OAUTH2_TOKEN_ENDPOINT.',
  })
}

async function readObject(response: Answer): Promise<Record<string, unknown> | null> {
  try {
    const value = await response.json()
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function checkIssuer(document: Record<string, unknown>, url: string, { issuer }: OAuth2Config): void {
  const named = document.issuer
  if (issuer === null || issuerFits(named, issuer)) return
  throw new AppError(
    'provider_malformed',
    `The metadata at ${url} belongs to the issuer ${shown(named)}, not to ${issuer}.`,
    { hint: cureFor(named, issuer) },
  )
}

function cureFor(named: unknown, issuer: string): string {
  if (typeof named !== 'string' || named.length > 200) return 'Check OAUTH2_ISSUER.'
  const slash =
    named === `${issuer}/`
      ? ' (with the slash at the end)'
      : `${named}/` === issuer
        ? ' (without the slash at the end)'
        : ''
  return slash
    ? `Set OAUTH2_ISSUER=${named}${slash}.`
    : `If that is your provider, set OAUTH2_ISSUER=${named}, exactly as the provider spells it.`
}

const shown = (value: unknown) => (typeof value === 'string' ? value.slice(0, 200) : '(none)')
