import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificate } from './certificate.js'
import { closeLater } from './closing.js'

/**
 * A provider on https that replaces a refresh token at each use, and answers a used one by killing everything that came of the
 * same sign-in: whoever loses a token, or uses one twice, is found out.
 */
export interface RotatingProvider {
  issuer: string
  clientId: string
  clientSecret: string
  /** What a browser does there: the authorization request's address in, the callback's out. */
  authorize(authorizationUrl: string, username: string): string
  /** Whether a device could refresh with it now. Uses nothing up. */
  lives(refreshToken: string): boolean
  /** Whether a refresh gives another token (the default), or the one that was used stays valid. */
  rotates: boolean
  /** How often the refresh grant was asked for, and how often it was refused. */
  refreshes: { asked: number; refused: number }
  /** Every refresh token ever given. */
  given: string[]
  /** Waited for before a refresh is judged, and again before the new token is sent; and before a code's tokens are sent. */
  hold: { arrived(): Promise<unknown>; rotated(): Promise<unknown>; exchanged?(): Promise<unknown> }
  close(): Promise<void>
}

interface Family {
  username: string
  newest: string
  dead: boolean
}

interface Code {
  challenge: string
  redirectUri: string
  username: string
}

const random = () => randomBytes(24).toString('base64url')
const nothing = async () => {}

/** @param port a free one, unless given */
export async function startRotatingProvider({ key, cert }: Certificate, port = 0): Promise<RotatingProvider> {
  const clientId = 'sensor'
  const clientSecret = `secret-${random()}`
  const codes = new Map<string, Code>()
  const families = new Map<string, Family>()
  const users = new Map<string, string>()

  const tokensFor = (family: Family) => {
    family.newest = `refresh-${random()}`
    families.set(family.newest, family)
    provider.given.push(family.newest)
    const access = `access-${random()}`
    users.set(access, family.username)
    return { token_type: 'Bearer', access_token: access, expires_in: 300, refresh_token: family.newest }
  }

  function exchange(body: URLSearchParams): object {
    const code = codes.get(body.get('code') ?? '')
    codes.delete(body.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url')
    if (code?.challenge !== challenge || code.redirectUri !== body.get('redirect_uri'))
      return { error: 'invalid_grant' }
    return tokensFor({ username: code.username, newest: '', dead: false })
  }

  function refresh(token: string): object {
    const family = families.get(token)
    if (!family || family.dead || family.newest !== token) {
      if (family) {
        provider.refreshes.refused += 1
        family.dead = true
      }
      return { error: 'invalid_grant', error_description: family ? 'Token reuse detected' : 'Unknown token' }
    }
    return provider.rotates ? tokensFor(family) : { ...tokensFor({ ...family }), refresh_token: token }
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const send = (status: number, body: object) =>
      void res
        .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(body))
    if (req.url === '/.well-known/openid-configuration') return send(200, metadata)
    if (req.url === '/userinfo') {
      const username = users.get(req.headers.authorization?.replace('Bearer ', '') ?? '')
      return username ? send(200, { sub: `id-of-${username}`, preferred_username: username }) : send(401, {})
    }
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    const body = new URLSearchParams(Buffer.concat(chunks).toString())
    const credentials = Buffer.from(req.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
    if (req.url !== '/token' || credentials !== `${clientId}:${clientSecret}`) {
      return send(401, { error: 'invalid_client' })
    }
    if (body.get('grant_type') !== 'refresh_token') {
      const exchanged = exchange(body)
      await provider.hold.exchanged?.()
      return reply(exchanged)
    }
    // A token that never was only asks how the credentials are to be sent.
    if (!families.has(body.get('refresh_token') ?? '')) return reply(refresh(''))
    provider.refreshes.asked += 1
    await provider.hold.arrived()
    const refreshed = refresh(body.get('refresh_token') ?? '')
    await provider.hold.rotated()
    reply(refreshed)

    function reply(json: object): void {
      send('error' in json ? 400 : 200, json)
    }
  }

  const server = createServer({ key, cert }, (req, res) => {
    answer(req, res).catch(() => res.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  }

  const provider: RotatingProvider = {
    issuer,
    clientId,
    clientSecret,
    rotates: true,
    refreshes: { asked: 0, refused: 0 },
    given: [],
    hold: { arrived: nothing, rotated: nothing },
    authorize(authorizationUrl, username) {
      const asked = new URL(authorizationUrl).searchParams
      const redirectUri = asked.get('redirect_uri') ?? ''
      const code = random()
      codes.set(code, { challenge: asked.get('code_challenge') ?? '', redirectUri, username })
      const back = new URL(redirectUri)
      back.search = new URLSearchParams({ code, state: asked.get('state') ?? '', iss: issuer }).toString()
      return back.href
    },
    lives(refreshToken) {
      const family = families.get(refreshToken)
      return family !== undefined && family.newest === refreshToken && !family.dead
    },
    close: closeLater(() => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    }),
  }
  return provider
}
