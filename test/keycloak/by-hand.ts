import { createHash, randomBytes } from 'node:crypto'
import { Browserless } from '../support/browserless-sign-in.js'
import { CLIENTS, type Keycloak, USERS } from '../support/keycloak.js'
import type { TestClient } from '../support/realm.js'

export type Json = Record<string, unknown>
export interface Answer {
  status: number
  json: Json
}
export interface Tokens extends Json {
  access_token: string
  refresh_token: string
}

/** The tutorial's requests, typed in by hand: no line of the app's is involved. */
export function byHand(keycloak: Keycloak) {
  const redirectUri = 'http://localhost:3000/auth/oauth2/callback'

  /** A browser that went to sign in; where it ended, at the callback or on a page; whether it was asked for a password. */
  async function signIn({
    client = CLIENTS.sensor as TestClient,
    user = USERS.alice as { username: string; password: string },
    parameters = {} as Record<string, string>,
    browser = new Browserless(redirectUri),
  } = {}) {
    const url = new URL(keycloak.authorizationEndpoint)
    const { clientId } = client
    const request = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope: 'offline_access' }
    for (const [name, value] of Object.entries({ ...request, ...parameters })) url.searchParams.set(name, value)
    const first = await browser.open(url)
    const { username, password } = user
    const asked = first.html.includes('kc-form-login')
    const page = asked ? await browser.submit(first, { username, password }) : first
    return { browser, page, asked }
  }

  async function exchange(callback: URL, client: TestClient = CLIENTS.sensor, form: Record<string, string> = {}) {
    const code = callback.searchParams.get('code') ?? ''
    return post('token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      ...inBody(client),
      ...form,
    })
  }

  async function mint(client: TestClient = CLIENTS.sensor): Promise<Tokens> {
    const { page } = await signIn({ client })
    return (await exchange(page.url, client)).json as Tokens
  }

  async function post(
    path: string,
    form: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = `${keycloak.issuer}/protocol/openid-connect/${path}`
    const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) })
    const text = await response.text()
    return { status: response.status, json: text.startsWith('{') ? JSON.parse(text) : {} }
  }

  /** The tutorial's Option B, unless the credentials are given otherwise. */
  const refresh = (refresh_token: string, form: Record<string, string> = inBody(CLIENTS.sensor), headers = {}) =>
    post('token', { grant_type: 'refresh_token', refresh_token, ...form }, headers)

  /** Whether the introspection calls this refresh token active. */
  async function isActive(token: string): Promise<unknown> {
    const form = { token, token_type_hint: 'refresh_token', ...inBody(CLIENTS.sensor) }
    return (await post('token/introspect', form)).json.active
  }

  return { redirectUri, signIn, exchange, mint, post, refresh, isActive }
}

export function inBody({ clientId, secret }: TestClient): Record<string, string> {
  return secret === null ? { client_id: clientId } : { client_id: clientId, client_secret: secret }
}

/** Option A with id and secret as they are, or each form-encoded first (RFC 6749 §2.3.1). */
export function inHeader(
  { clientId, secret }: TestClient,
  encode: (part: string) => string,
): { authorization: string } {
  const credentials = `${encode(clientId)}:${encode(secret ?? '')}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

export const raw = (part: string): string => part
export const formEncoded = (part: string): string => new URLSearchParams([['', part]]).toString().slice(1)

/** A verifier and its S256 challenge (RFC 7636 §4). */
export function pkce(): { verifier: string; parameters: Record<string, string> } {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  return { verifier, parameters: { code_challenge: challenge, code_challenge_method: 'S256' } }
}
