import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { closeLater } from './closing.js'

/**
 * One request as it arrived.
 * @typedef {{ path: string, method: string, headers: import('node:http').IncomingHttpHeaders, form: URLSearchParams }} Received
 * What the provider does with a request, instead of what a sound one would.
 * @typedef {(response: import('node:http').ServerResponse, received: Received) => void} Misbehaviour
 * Everything that came of one sign-in.
 * @typedef {{ newest: string, used: Set<string>, dead: boolean, rotates: boolean, claims: Record<string, unknown> }} Grant
 */

/** @param {number} [bytes] */
const random = (bytes = 24) => randomBytes(bytes).toString('base64url')

/**
 * An OAuth 2.0 provider on a port of its own: a sound one, until it is told to misbehave at a path. Whoever opens its
 * authorization endpoint is signed in at once.
 *
 * @param {{ tls?: { key: string, cert: string }, host?: string, clientId?: string, clientSecret?: string }} [options]
 */
export async function startFaultyProvider({ tls, host = '127.0.0.1', ...client } = {}) {
  const { clientId = 'sensor', clientSecret = `secret-${random()}` } = client
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  /** @type {Map<string, { challenge: string, redirectUri: string }>} */
  const codes = new Map()
  /** @type {Map<string, Grant>} */
  const grants = new Map()
  /** @type {Map<string, Misbehaviour>} */
  const misbehaving = new Map()
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()

  /** @param {Record<string, unknown>} claims */
  const jwt = (claims) => {
    /** @param {object} part */
    const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const text = `${encode({ alg: 'EdDSA', typ: 'JWT', kid: 'one' })}.${encode(claims)}`
    return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`
  }

  /** @param {Grant} grant */
  const tokensFor = (grant) => {
    const now = Math.floor(Date.now() / 1000)
    const access_token = jwt({ iss: provider.issuer, iat: now, exp: now + 300, jti: random(), ...grant.claims })
    if (provider.remembers) provider.given.push(access_token, grant.newest)
    return {
      token_type: 'Bearer',
      access_token,
      expires_in: 300,
      ...(provider.givesRefreshToken && { refresh_token: grant.newest }),
      scope: 'offline_access',
      ...provider.adds,
    }
  }

  /** @param {Grant} grant */
  const newToken = (grant) => {
    if (grant.newest) grant.used.add(grant.newest)
    grant.newest = `refresh-${random()}`
    grants.set(grant.newest, grant)
  }

  /** @param {Received} received */
  const isClient = ({ headers, form }) => {
    const basic = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
    const [id, secret] = basic
      ? basic.split(/:(.*)/s).map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
      : [form.get('client_id'), form.get('client_secret')]
    return id === clientId && secret === clientSecret
  }

  /** @param {URLSearchParams} form */
  const exchange = (form) => {
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (code?.challenge !== challenge || code.redirectUri !== form.get('redirect_uri')) return null
    /** @type {Grant} */
    const grant = {
      newest: '',
      used: new Set(),
      dead: false,
      rotates: provider.rotates,
      claims: { ...provider.claims },
    }
    newToken(grant)
    return grant
  }

  /** A token used twice ends everything that came of the same sign-in (RFC 9700 §4.14.2). @param {URLSearchParams} form */
  const refresh = (form) => {
    const grant = grants.get(form.get('refresh_token') ?? '')
    if (grant?.used.has(form.get('refresh_token') ?? '')) grant.dead = true
    if (!grant || grant.dead) return null
    if (grant.rotates) newToken(grant)
    return grant
  }

  /** @type {Record<string, Misbehaviour>} */
  const sound = {
    '/.well-known/openid-configuration': (response) => json(response, 200, provider.metadata()),
    '/auth': (response, { form: asked }) => {
      const code = random()
      const redirectUri = asked.get('redirect_uri') ?? ''
      codes.set(code, { challenge: asked.get('code_challenge') ?? '', redirectUri })
      const back = new URL(redirectUri)
      back.search = `${new URLSearchParams({ code, state: asked.get('state') ?? '', iss: provider.issuer })}`
      response.writeHead(302, { location: back.href }).end()
    },
    '/token': (response, received) => {
      if (!isClient(received)) return json(response, 401, { error: 'invalid_client' })
      const { form } = received
      const grant = form.get('grant_type') === 'refresh_token' ? refresh(form) : exchange(form)
      if (grant) json(response, 200, tokensFor(grant))
      else json(response, 400, { error: 'invalid_grant', error_description: 'It is not valid' })
    },
    '/introspect': (response, { form }) => json(response, 200, { active: provider.isLive(form.get('token')) }),
    '/revoke': (response, { form }) => {
      const grant = grants.get(form.get('token') ?? '')
      if (grant) grant.dead = true
      response.writeHead(200).end()
    },
    '/keys': (response) =>
      json(response, 200, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'EdDSA', use: 'sig' }] }),
    '/userinfo': (response) => json(response, 200, { sub: 'somebody', preferred_username: 'somebody' }),
  }

  /** @type {import('node:http').RequestListener} */
  const listener = async (request, response) => {
    response.on('error', () => {})
    const chunks = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://provider')
    const form = chunks.length > 0 ? new URLSearchParams(Buffer.concat(chunks).toString()) : searchParams
    const received = { path: pathname, method: request.method ?? '', headers: request.headers, form }
    if (provider.remembers) provider.received.push(received)
    provider.counts[pathname] = (provider.counts[pathname] ?? 0) + 1
    const does = misbehaving.get(pathname) ?? sound[pathname]
    if (does) does(response, received)
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>')
  }

  const makeServer = () => {
    const server = tls ? createTlsServer(tls, listener) : createServer(listener)
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    })
    return server
  }

  let server = makeServer()
  /** @param {number} port @returns {Promise<number>} */
  const listen = (port) =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () =>
        resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
      )
    })
  const port = await listen(0)
  const issuer = `${tls ? 'https' : 'http'}://${host}:${port}`

  const provider = {
    issuer,
    port,
    clientId,
    clientSecret,
    /** How the app is told of it. */
    env: { OAUTH2_ISSUER: issuer, OAUTH2_CLIENT_ID: clientId, OAUTH2_CLIENT_SECRET: clientSecret },
    /** The next sign-in's refresh tokens: a new one at each use; one from before ends the grant when it is used again. */
    rotates: false,
    givesRefreshToken: true,
    /** Whether `received` is kept. */
    remembers: true,
    /** Claims of the next sign-in's access tokens. @type {Record<string, unknown>} */
    claims: { sub: 'somebody', preferred_username: 'somebody', typ: 'Bearer' },
    /** Further members of every token answer. @type {Record<string, unknown>} */
    adds: {},
    /** Further members of the metadata. @type {Record<string, unknown>} */
    announces: {},
    /** @type {Received[]} */
    received: [],
    /** Every token of a sound answer. @type {string[]} */
    given: [],
    /** Requests by path. @type {Record<string, number>} */
    counts: {},
    jwt,
    sound,

    metadata: () => ({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      introspection_endpoint: `${issuer}/introspect`,
      revocation_endpoint: `${issuer}/revoke`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/keys`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...provider.announces,
    }),

    /** @param {string | null} token whether a device could refresh with it now; uses nothing up */
    isLive(token) {
      const grant = grants.get(token ?? '')
      return grant !== undefined && !grant.dead && !grant.used.has(token ?? '')
    },

    /** @param {string | null} token whether it is of a grant that gives a new one at each use */
    isOneTime: (token) => grants.get(token ?? '')?.rotates === true,

    /** From now on, at this path. @param {string} path @param {Misbehaviour} misbehaviour */
    at(path, misbehaviour) {
      misbehaving.set(path, misbehaviour)
    },

    /** As it should be again. */
    mend() {
      misbehaving.clear()
    },

    /** The token endpoint's requests by grant type. @param {'authorization_code' | 'refresh_token'} grantType */
    asked: (grantType) => provider.received.filter(({ form }) => form.get('grant_type') === grantType).length,

    /** Gone, as after a crash: every connection is cut. */
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    /** On the same port again. */
    async start() {
      server = makeServer()
      await listen(port)
    },
  }
  closeLater(provider.stop)
  return provider
}

/** @typedef {Awaited<ReturnType<typeof startFaultyProvider>>} FaultyProvider */

/** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} body */
export function json(response, status, body) {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))
}
