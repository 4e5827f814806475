import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeLater } from '../support/closing.js'

export const CLIENT = { id: 'sensor', secret: 'a+b/c%d:e' }
export const SIGN_IN_PAGE = '<!doctype html><title>Sign in</title><form><input name="username"></form>'

/** What came in, with its form or query read. */
export interface Asked {
  path: string
  query: URLSearchParams
  form: URLSearchParams
  /** How the client's credentials came, and what they are; null where none did. */
  credentials: { method: 'header' | 'body' | 'none'; id: string; secret: string | null } | null
  response: ServerResponse
}

export type Handler = (asked: Asked) => unknown

export interface FakeProvider {
  issuer: string
  /** Paths asked for so far. */
  asked: string[]
  env: Record<string, string>
  close(): Promise<void>
}

/** Sends a page. */
export const page = (status: number, html: string, headers: Record<string, string> = {}): Handler => {
  return ({ response }) => response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(html)
}

export const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

/**
 * A provider on a port of its own, that behaves as Keycloak 26 does unless a handler for a path is given: `/auth`, `/token`,
 * `/introspect`, `/revoke`, `/keys`, the metadata's path, or `*` for all.
 */
export async function startFakeProvider(handlers: Record<string, Handler> = {}): Promise<FakeProvider> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    asked.push(url.pathname)
    const form = new URLSearchParams(await bodyOf(request))
    const handler = handlers[url.pathname] ?? handlers['*'] ?? usual[url.pathname] ?? page(404, 'Not found')
    handler({
      path: url.pathname,
      query: url.searchParams,
      form,
      credentials: credentialsOf(request, form),
      response,
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const usual: Record<string, Handler> = { ...soundProvider(issuer) }
  return {
    issuer,
    asked,
    env: { OAUTH2_ISSUER: issuer, OAUTH2_CLIENT_ID: CLIENT.id, OAUTH2_CLIENT_SECRET: CLIENT.secret },
    close: closeLater(() => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    }),
  }
}

/** The endpoints set by hand, so that nothing needs to be discovered. */
export const byHand = ({ issuer, env }: FakeProvider): Record<string, string> => ({
  ...env,
  OAUTH2_ISSUER: '',
  OAUTH2_AUTHORIZATION_ENDPOINT: `${issuer}/auth`,
  OAUTH2_TOKEN_ENDPOINT: `${issuer}/token`,
  OAUTH2_INTROSPECTION_ENDPOINT: `${issuer}/introspect`,
  OAUTH2_REVOCATION_ENDPOINT: `${issuer}/revoke`,
  OAUTH2_JWKS_URI: `${issuer}/keys`,
})

/** Looks at the client first, then at the callback URL, then at scope and PKCE, as Keycloak does. */
function soundProvider(issuer: string): Record<string, Handler> {
  const known: Handler = ({ credentials, response }) =>
    credentials?.id === CLIENT.id && credentials.secret === CLIENT.secret
      ? true
      : void json(response, 401, { error: 'invalid_client', error_description: 'Wrong client or secret' })
  return {
    '/.well-known/openid-configuration': ({ response }) => json(response, 200, metadataOf(issuer)),
    '/auth': authorize(),
    '/token': (asked) => {
      if (known(asked)) json(asked.response, 400, { error: 'invalid_grant', error_description: 'Never seen' })
    },
    '/introspect': (asked) => {
      if (known(asked)) json(asked.response, 200, { active: false })
    },
    '/revoke': (asked) => {
      if (known(asked)) asked.response.writeHead(200).end()
    },
    '/keys': ({ response }) => json(response, 200, { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x' }] }),
  }
}

export const metadataOf = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  introspection_endpoint: `${issuer}/introspect`,
  revocation_endpoint: `${issuer}/revoke`,
  jwks_uri: `${issuer}/keys`,
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
})

/** An authorization endpoint; what its client is registered with may differ from what is asked. */
export function authorize(
  registered: { client?: string; callback?: RegExp; scopes?: string[]; pkce?: string } = {},
): Handler {
  const {
    client = CLIENT.id,
    callback = /^http:\/\/localhost:\d+\/auth\/oauth2\/callback$/,
    scopes = ['offline_access'],
    pkce = 'S256',
  } = registered
  return (asked) => {
    const { query, response } = asked
    const error = (code: string, text: string) => {
      const location = new URL(query.get('redirect_uri') as string)
      location.search = new URLSearchParams({ error: code, error_description: text }).toString()
      response.writeHead(302, { location: location.href }).end()
    }
    if (query.get('client_id') !== client) return page(400, '<h1>Sorry</h1><p>No such client here.</p>')(asked)
    if (!callback.test(query.get('redirect_uri') ?? '')) return page(400, '<p>This callback is unheard of.</p>')(asked)
    const unknown = (query.get('scope') ?? '').split(' ').filter((scope) => !scopes.includes(scope))
    if (unknown.length > 0) return error('invalid_scope', `Invalid scopes: ${unknown.join(' ')}`)
    if (query.get('code_challenge_method') !== pkce) return error('invalid_request', 'Wrong code_challenge_method')
    return page(200, SIGN_IN_PAGE)(asked)
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** Form-decodes the Basic header (RFC 6749 §2.3.1); what can't be decoded is nobody's. */
function credentialsOf({ headers }: IncomingMessage, form: URLSearchParams): Asked['credentials'] {
  const basic = /^Basic (.*)$/.exec(headers.authorization ?? '')?.[1]
  if (basic === undefined) {
    const id = form.get('client_id')
    return id === null
      ? null
      : { method: form.has('client_secret') ? 'body' : 'none', id, secret: form.get('client_secret') }
  }
  const [id = '', ...rest] = Buffer.from(basic, 'base64').toString().split(':')
  const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))
  try {
    return { method: 'header', id: decode(id), secret: decode(rest.join(':')) }
  } catch {
    return { method: 'header', id: '', secret: '' }
  }
}
