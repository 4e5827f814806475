import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { startApp } from '../support/app.js'
import { listening } from '../support/listening.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** How introspection answers about a token; `n` is its number in the chain, undefined for one the provider never gave. */
type Introspect = (n: number | undefined, res: ServerResponse) => void

const json = (res: ServerResponse, body: unknown, status = 200) => {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(body))
}

const body = async (req: IncomingMessage) => {
  let text = ''
  for await (const chunk of req) text += chunk
  return new URLSearchParams(text)
}

/** A provider that gives T1, T2, … for T0, with an introspection endpoint that answers as told. */
async function prove(introspect: Introspect | null, keepString = false) {
  const used: string[] = []
  let newest = 0
  const provider = await listening(async (req, res) => {
    const sent = await body(req)
    if (req.url === '/token') {
      used.push(sent.get('refresh_token') as string)
      if (!keepString) newest += 1
      return json(res, { access_token: 'opaque', token_type: 'Bearer', expires_in: 300, refresh_token: `T${newest}` })
    }
    if (introspect === null) return json(res, {}, 404)
    const n = /^T(\d+)$/.exec(sent.get('token') as string)?.[1]
    introspect(n === undefined ? undefined : Number(n), res)
  })
  const app = await startApp({
    OAUTH2_CLIENT_ID: 'sensor',
    OAUTH2_CLIENT_SECRET: 'secret',
    OAUTH2_AUTHORIZATION_ENDPOINT: `${provider.url}/authorize`,
    OAUTH2_TOKEN_ENDPOINT: `${provider.url}/token`,
    ...(introspect && { OAUTH2_INTROSPECTION_ENDPOINT: `${provider.url}/introspect` }),
  })
  closing.push(app.close, provider.close)
  const visitor = new Visitor(app)
  await visitor.post('/auth/token', { refresh_token: 'T0' })
  const answer = await visitor.post('/auth/prove', {}, JSON_PLEASE)
  return { verdict: answer.json.verdict, used }
}

const active =
  (is: (n: number | undefined) => boolean): Introspect =>
  (n, res) =>
    json(res, { active: is(n) })

describe('what the proof makes of introspection', () => {
  it.each<[string, string, Introspect | null]>([
    ['reusable', 'calls every token of the chain active', active((n) => n !== undefined)],
    ['one_time', 'calls the newest alone active', active((n) => n === 2)],
    ['one_time', 'grants one reuse: the last two are active, the first is not', active((n) => n === 1 || n === 2)],
    ['unknown', 'is not there', null],
    ['unknown', 'calls everything inactive', active(() => false)],
    ['unknown', 'calls everything active, made-up tokens too', active(() => true)],
    ['unknown', 'answers HTML', (_n, res) => res.end('<html>')],
    ['unknown', 'answers 401', (_n, res) => json(res, { error: 'invalid_client' }, 401)],
    ['unknown', 'answers without "active"', (_n, res) => json(res, {})],
    ['unknown', 'answers "active" as a text', (_n, res) => json(res, { active: 'true' })],
    ['unknown', 'cuts the connection', (_n, res) => res.destroy()],
    ['unknown', 'redirects', (_n, res) => res.writeHead(302, { location: '/token' }).end()],
  ])('%s, when it %s', async (verdict, _what, introspect) => {
    const proof = await prove(introspect)
    expect(proof.verdict).toBe(verdict)
    expect(proof.used).toEqual(['T0', 'T1'])
  })

  it('unknown after a while, when it hangs', async () => {
    const started = performance.now()
    const proof = await prove((_n, _res) => {})
    expect(proof.verdict).toBe('unknown')
    expect(performance.now() - started).toBeLessThan(15_000)
  }, 30_000)

  it('is not asked at all when no other token comes back', async () => {
    const proof = await prove(
      active(() => false),
      true,
    )
    expect(proof.verdict).toBe('reusable')
    expect(proof.used).toEqual(['T0', 'T0'])
  })
})

describe('how providers say that a refresh token is dead', () => {
  it.each([
    ['RFC 6749', 'invalid_grant', 400],
    ['GitHub, with status 200', 'bad_refresh_token', 200],
    ['Ory Hydra', 'token_inactive', 401],
    ['Zoho', 'invalid_code', 200],
  ])('%s: %s makes it invalid', async (_who, error, status) => {
    const provider = await listening((_req, res) => json(res, { error }, status))
    const app = await startApp({
      OAUTH2_CLIENT_ID: 'sensor',
      OAUTH2_CLIENT_SECRET: 'secret',
      OAUTH2_AUTHORIZATION_ENDPOINT: `${provider.url}/authorize`,
      OAUTH2_TOKEN_ENDPOINT: `${provider.url}/token`,
    })
    closing.push(app.close, provider.close)
    const visitor = new Visitor(app)
    await visitor.post('/auth/token', { refresh_token: 'T0' })
    const refused = await visitor.post('/auth/refresh', {}, JSON_PLEASE)
    expect([refused.status, refused.json.code, refused.json.error]).toEqual([409, 'invalid_grant', error])
    expect((await visitor.get('/profile', JSON_PLEASE)).json.verdict).toBe('invalid')
  })
})
