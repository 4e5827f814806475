import { fileURLToPath } from 'node:url'
import { type Config, loadConfig } from '../../server/config/config.js'
import { createDependencies } from '../../server/dependencies.js'
import { createLogger } from '../../server/log/logger.js'
import { loadPages, type Pages } from '../../server/pages/pages.js'
import { profilePage, type Shown } from '../../server/pages/profile-page.js'
import { type ProviderFacts, providerFacts } from '../../server/provider/facts.js'
import type { Entry } from '../../server/tokens/entry.js'
import type { TokenList } from '../../server/tokens/token-list.js'

/** 2026-03-01 12:00 UTC: the time on every page of these tests. */
export const NOW = Date.UTC(2026, 2, 1, 12)

const ISSUER = 'https://sso.example.org/realms/r'
const SUBJECT = '5c8f2d0a-6a1e-4c52-9a3e-0d3a7b1f4e01'

export const SECRET = 'the-client-secret'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT that nobody signed. */
export const jwt = (claims: object) => `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${'s'.repeat(342)}`

/** What a sign-in at a Keycloak leaves, not proven yet. */
export function entry(changes: Partial<Entry> = {}): Entry {
  const refresh_token = jwt({
    typ: 'Offline',
    sub: SUBJECT,
    jti: 'd0c1'.repeat(9),
    sid: 'a5e2'.repeat(9),
    scope: 'offline_access',
    iss: ISSUER,
    aud: ISSUER,
  })
  return {
    origin: 'sign_in',
    access_token: jwt({ iss: ISSUER, sub: SUBJECT, preferred_username: 'dana', email: 'dana@example.org' }),
    token_type: 'Bearer',
    dpop: false,
    expires_in: 300,
    expires_at: NOW + 272_000,
    refresh_token,
    first_refresh_token: refresh_token,
    first_replaced_at: null,
    refresh_token_changed: false,
    refresh_expires_in: 0,
    refresh_token_expires_at: null,
    refresh_token_expires_source: null,
    scope: 'offline_access',
    id_token: null,
    other_subject: false,
    remarks: [],
    minted_at: NOW - 28_000,
    came_again_at: null,
    refreshed_at: null,
    token_endpoint_auth_method: 'client_secret_basic',
    who: {
      username: 'dana',
      subject: SUBJECT,
      email: 'dana@example.org',
      realm_roles: ['offline_access'],
      client_roles: { account: ['view-profile'] },
    },
    signature: { result: 'valid', reason: null },
    answer: { token_type: 'Bearer', expires_in: 300, refresh_expires_in: 0, scope: 'offline_access' },
    introspection: null,
    proof: null,
    dead: null,
    refused: null,
    downloads: [],
    ...changes,
  }
}

const FOUND = { reusable: 'first_active', one_time: 'first_inactive', unknown: 'not_known' } as const
const FIRST_ACTIVE = { reusable: true, one_time: false, unknown: null }

/** An end that no refresh moves, as the token says it. */
export const endingAt = (at: number): Partial<Entry> => ({
  refresh_token_expires_at: at,
  refresh_token_expires_source: 'token',
})

/** After a test with this verdict. */
export const proven = (verdict: 'reusable' | 'one_time' | 'unknown', changes: Partial<Entry> = {}): Entry =>
  entry({
    proof: {
      verdict,
      basis: verdict === 'unknown' ? null : 'tested',
      found: FOUND[verdict],
      first_active: FIRST_ACTIVE[verdict],
      not_asked: verdict === 'unknown' ? 'no_introspection' : null,
      end: null,
      proved_at: NOW,
    },
    refreshed_at: NOW - 2_000,
    refresh_token_changed: true,
    first_replaced_at: NOW - 4_000,
    ...changes,
  })

export interface Site {
  config: Config
  provider: ProviderFacts
  pages: Pages
  /** The same, with the demo's notice. */
  demoPages: Pages
  /** The profile page's HTML. */
  profile(tokens: Entry, place?: string, label?: string): Promise<string>
  close(): Promise<void>
}

/** The pages, with a Keycloak that is known by its addresses alone: nothing goes over a network. */
export async function site(env: Record<string, string> = {}): Promise<Site> {
  const config = loadConfig({
    OAUTH2_AUTHORIZATION_ENDPOINT: 'https://sso.example.org/realms/r/protocol/openid-connect/auth',
    OAUTH2_TOKEN_ENDPOINT: 'https://sso.example.org/realms/r/protocol/openid-connect/token',
    OAUTH2_CLIENT_ID: 'sensor',
    OAUTH2_CLIENT_SECRET: SECRET,
    ...env,
  })
  const { provider: client, close } = await createDependencies(config, { logger: createLogger('silent') })
  const provider = providerFacts(client)
  const views = fileURLToPath(new URL('../../views', import.meta.url))
  const [pages, demoPages] = [false, true].map((demo) =>
    loadPages(views, { asset: (file) => `/assets/${file}`, demo }),
  ) as [Pages, Pages]
  return {
    config,
    provider,
    pages,
    demoPages,
    profile: async (tokens, place, label) =>
      pages.profile(profilePage(config, provider, shown(tokens, {}, label), NOW, place)),
    close,
  }
}

/** As the only token of its list. */
export function shown(tokens: Entry, changes: Partial<TokenList> = {}, label: string | null = null): Shown {
  const item = { id: 'AAAAAAAA', label, number: 1, listed: tokens.refresh_token !== null, session: null }
  const list = { id: 'a list', version: 1, subject: null, leftAnother: false, ends: NOW + 86_400_000, items: [item] }
  return { entry: tokens, id: item.id, list: { ...list, ...changes } }
}

/** The text of an element, by its id, with entities read. */
export function textOf(html: string, id: string): string {
  const found = new RegExp(
    `<(\\w+)[^>]* id="${id}"[^>]*>([\\s\\S]*?)</\\1>|<(\\w+) id="${id}"[^>]*>([\\s\\S]*?)</\\3>`,
  ).exec(html)
  if (!found) throw new Error(`no element with the id ${id}`)
  return unescaped((found[2] ?? found[4] ?? '').replace(/<[^>]*>/g, ''))
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', '#34': '"', '#39': "'", quot: '"', amp: '&' }

export const unescaped = (html: string) =>
  html.replace(/&(lt|gt|#34|#39|quot|amp);/g, (_, name) => ENTITIES[name] as string)
