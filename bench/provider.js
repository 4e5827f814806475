import { createHmac, createSign, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

/**
 * Stands in for Keycloak, as fast as can be, so that what is measured is the apps: everybody is let in at once, and the tokens, of
 * Keycloak's size and signed as it does, are made beforehand. Only an ID token is signed when asked for, since it carries a nonce.
 * Runs as a process of its own; prints its issuer when it listens.
 */
const TOKENS = 256
const KEY_ID = 'hX3kLr0bCk6Wl5rJ0vB1e2mZ8qYt7uQw'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const hmacKey = randomBytes(64)
const sessionId = randomUUID()
const subject = randomUUID()

const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  const url = new URL(req.url ?? '/', issuer)
  const endpoint = ENDPOINTS[url.pathname.slice(PATH.length)]
  if (endpoint) endpoint(url, req, res)
  else res.writeHead(404).end()
})
const PATH = '/realms/bench'
const PROTOCOL = '/protocol/openid-connect'
let issuer = 'http://127.0.0.1'

/** @type {Record<string, (url: URL, req: import('node:http').IncomingMessage, res: import('node:http').ServerResponse) => void>} */
const ENDPOINTS = {
  '/.well-known/openid-configuration': (_url, _req, res) => json(res, metadata()),
  [`${PROTOCOL}/certs`]: (_url, _req, res) =>
    json(res, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }] }),
  [`${PROTOCOL}/auth`]: ({ searchParams: asked }, _req, res) => {
    const code = `${randomUUID()}.${sessionId}.${randomUUID()}`
    const nonce = asked.get('nonce')
    if (nonce) nonces.set(code, nonce)
    const back = new URL(/** @type {string} */ (asked.get('redirect_uri')))
    for (const [name, value] of Object.entries({
      state: asked.get('state'),
      session_state: sessionId,
      iss: issuer,
      code,
    })) {
      if (value !== null) back.searchParams.set(name, value)
    }
    res.writeHead(302, { Location: back.href }).end()
  },
  [`${PROTOCOL}/token`]: async (_url, req, res) => {
    const form = new URLSearchParams(await text(req))
    if (form.get('grant_type') === 'refresh_token') return json(res, tokenAnswer(null))
    const code = form.get('code') ?? ''
    const nonce = nonces.get(code)
    nonces.delete(code)
    json(res, tokenAnswer(nonce ?? null))
  },
}

/** Of the codes on their way, for those who asked for an ID token. @type {Map<string, string>} */
const nonces = new Map()

const metadata = () => ({
  issuer,
  authorization_endpoint: `${issuer}${PROTOCOL}/auth`,
  token_endpoint: `${issuer}${PROTOCOL}/token`,
  jwks_uri: `${issuer}${PROTOCOL}/certs`,
  response_types_supported: ['code'],
  response_modes_supported: ['query', 'form_post'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  scopes_supported: ['openid', 'offline_access'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
})

const base64url = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url')

function rs256(/** @type {object} */ claims) {
  const input = `${base64url({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${base64url(claims)}`
  return `${input}.${createSign('RSA-SHA256').update(input).sign(privateKey, 'base64url')}`
}

/** Keycloak signs its refresh tokens with a key that only it has. */
function hs512(/** @type {object} */ claims) {
  const input = `${base64url({ alg: 'HS512', typ: 'JWT', kid: randomUUID() })}.${base64url(claims)}`
  return `${input}.${createHmac('sha512', hmacKey).update(input).digest('base64url')}`
}

const now = () => Math.floor(Date.now() / 1000)
const roles = ['offline_access', 'default-roles-organicity', 'uma_authorization', 'experimenter', 'participant']

/** Claims as those of a Keycloak 26 for a user with a few roles. */
const accessClaims = () => ({
  exp: now() + 86_400,
  iat: now(),
  jti: `onrtac:${randomUUID()}`,
  iss: issuer,
  aud: 'account',
  sub: subject,
  typ: 'Bearer',
  azp: 'sensor',
  sid: sessionId,
  acr: '1',
  'allowed-origins': ['http://localhost:3000'],
  realm_access: { roles },
  resource_access: {
    account: { roles: ['manage-account', 'manage-account-links', 'view-profile'] },
    'scenario-tool': { roles: ['scenario-viewer', 'scenario-editor'] },
  },
  scope: 'email profile offline_access',
  email_verified: true,
  name: 'Alice Example',
  preferred_username: 'alice',
  given_name: 'Alice',
  family_name: 'Example',
  email: 'alice@example.org',
})

const refreshClaims = () => ({
  iat: now(),
  jti: randomUUID(),
  iss: issuer,
  aud: issuer,
  sub: subject,
  typ: 'Offline',
  azp: 'sensor',
  sid: sessionId,
  scope: 'basic acr roles email profile offline_access web-origins',
})

/** @type {{ access_token: string, refresh_token: string }[]} */
const pool = []
let taken = 0

function tokenAnswer(/** @type {string | null} */ nonce) {
  const { access_token, refresh_token } = pool[taken++ % TOKENS] ?? {}
  const id_token =
    nonce === null
      ? undefined
      : rs256({
          exp: now() + 300,
          iat: now(),
          iss: issuer,
          aud: 'sensor',
          sub: subject,
          typ: 'ID',
          azp: 'sensor',
          nonce,
          preferred_username: 'alice',
          email: 'alice@example.org',
        })
  return {
    access_token,
    expires_in: 300,
    refresh_expires_in: 0,
    refresh_token,
    token_type: 'Bearer',
    id_token,
    'not-before-policy': 0,
    session_state: sessionId,
    scope: 'email profile offline_access',
  }
}

function json(/** @type {import('node:http').ServerResponse} */ res, /** @type {object} */ value) {
  const body = JSON.stringify(value)
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }).end(body)
}

async function text(/** @type {import('node:http').IncomingMessage} */ req) {
  let whole = ''
  for await (const chunk of req) whole += chunk
  return whole
}

server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  issuer = `http://127.0.0.1:${port}${PATH}`
  for (let i = 0; i < TOKENS; i++)
    pool.push({ access_token: rs256(accessClaims()), refresh_token: hs512(refreshClaims()) })
  process.stdout.write(`${issuer}\n`)
})
