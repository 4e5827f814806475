import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parse as parseDotenv } from 'dotenv'
import express from 'express'
import { parse as parseYaml } from 'yaml'
import { createApp } from '../../server/app.js'
import { loadConfig } from '../../server/config/config.js'
import { createDependencies, createProviderClient } from '../../server/dependencies.js'
import { createLogger } from '../../server/log/logger.js'
import type { Pages } from '../../server/pages/pages.js'
import { listen, portOf } from '../../server/process/listen.js'
import { errorHandler } from '../../server/web/error-handler.js'
import { MemorySessions } from '../../server/web/sessions/memory-sessions.js'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { listening } from '../support/listening.js'
import { saysJson } from '../support/misbehaviour.js'
import { rawHeaders, rawRequest, statusOf } from '../support/raw-request.js'
import { startProcess } from '../support/site.js'
import { Visitor } from '../support/visitor.js'
import { comeBack, JSON_PLEASE, outcome, type Rig, refresh, startRig, tokensOf } from './rig.js'

/** Control characters, and a line's end by Unicode. */
const CONTROL = /[\p{Cc}\u2028]/u

const FILES = [
  'dotenv',
  'env-file',
  'systemd',
  'sh',
  'compose',
  'json',
  'yaml',
  'arduino',
  'esphome',
  'micropython',
  'circuitpython',
  'kubernetes',
]

describe('a device config', () => {
  let rig: Rig
  const secret = `a"b'c\\d$(id)\`id\`=e|f #g %{h}`

  beforeAll(async () => {
    rig = await startRig({}, {}, { clientSecret: secret })
  })
  afterAll(() => rig.close())

  it('G1 carries hostile values whole, and takes neither its name nor a line from a claim', async () => {
    const hostile = "../../x\r\nX-Evil: 1\n\"=cmd|'/C calc'!A1 $(id) `id` ' \" */ #{1} OAUTH2_REFRESH_TOKEN=evil"
    rig.provider.claims = { sub: hostile, preferred_username: hostile, email: hostile }
    const visitor = await rig.signedIn()
    const { refresh_token } = await tokensOf(visitor)
    const texts: Record<string, string> = {}
    for (const id of FILES) {
      const answer = await visitor.get(`/profile/device-config/${id}`)
      if (answer.status === 422) continue
      expect([id, answer.status]).toEqual([id, 200])
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.]+"$/)
      expect(answer.headers.get('x-evil')).toBeNull()
      expect(answer.text.split('\n').filter((line) => /^(X-Evil|"=cmd|=cmd)/.test(line))).toEqual([])
      texts[id] = answer.text
    }
    // Each by a reader that is not ours; the rest in test/device-config/readers.test.ts.
    const shell = (name: string) =>
      execFileSync('sh', ['-c', `${texts.sh}\nprintf %s "$${name}"`], { encoding: 'utf8', env: {} })
    const read: Record<string, [string, string]> = {
      json: [JSON.parse(texts.json as string).client_secret, JSON.parse(texts.json as string).refresh_token],
      yaml: [parseYaml(texts.yaml as string).client_secret, parseYaml(texts.yaml as string).refresh_token],
      sh: [shell('OAUTH2_CLIENT_SECRET'), shell('OAUTH2_REFRESH_TOKEN')],
      kubernetes: [
        parseYaml(texts.kubernetes as string).stringData.OAUTH2_CLIENT_SECRET,
        parseYaml(texts.kubernetes as string).stringData.OAUTH2_REFRESH_TOKEN,
      ],
    }
    if (texts.dotenv) {
      const values = parseDotenv(texts.dotenv)
      read.dotenv = [values.OAUTH2_CLIENT_SECRET as string, values.OAUTH2_REFRESH_TOKEN as string]
    }
    for (const [id, values] of Object.entries(read)) expect([id, ...values]).toEqual([id, secret, refresh_token])
  })

  it('G2 is refused signed out, by an unknown name, or where a value does not fit; else it leaves one audit line', async () => {
    const path = '/profile/device-config'
    const nobody = new Visitor(rig.app)
    for (const which of [path, `${path}/json`]) {
      expect(outcome(await nobody.get(which, JSON_PLEASE))).toBe('401 not_signed_in')
      const page = await nobody.get(which)
      expect([page.status, page.headers.get('location')]).toEqual([302, '/'])
    }
    rig.provider.claims = { sub: 'ann', preferred_username: 'ann' }
    const visitor = await rig.signedIn()
    for (const name of ['none', '..%2f..%2fetc%2fpasswd', '__proto__', 'constructor', 'JSON']) {
      expect([name, outcome(await visitor.get(`${path}/${name}`, JSON_PLEASE))]).toEqual([name, '404 unknown_format'])
    }
    expect((await visitor.get(`${path}/%E0%A4%A`, JSON_PLEASE)).status).toBe(400)

    const full = await startRig({}, {}, { clientSecret: 'both \' and " and ` and $ in one' })
    const refused = await (await full.signedIn()).get(path, JSON_PLEASE)
    const unwritable = refused.json.filter(({ available }: { available: boolean }) => !available)
    expect(unwritable.length).toBeGreaterThan(0)
    const other = await full.signedIn()
    const answer = await other.get(`${path}/${unwritable[0].id}`, JSON_PLEASE)
    expect(outcome(answer)).toBe('422 unwritable_value')
    expect(answer.text).not.toContain('in one')
    await full.close()

    const before = rig.app.logged.length
    const file = await visitor.get(`${path}/json`)
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="config.json"')
    for (const [name, value] of [
      ['cache-control', 'no-store'],
      ['x-content-type-options', 'nosniff'],
      ['cross-origin-resource-policy', 'same-origin'],
    ] as const) {
      expect(file.headers.get(name)).toBe(value)
    }
    const { fingerprint } = await tokensOf(visitor)
    const lines = rig.app.logged.slice(before).map((line) => JSON.parse(line))
    expect(lines.filter(({ event }) => event === 'device_config')).toEqual([
      expect.objectContaining({ outcome: 'ok', username: 'ann', format: 'json', fingerprint }),
    ])
  })
})

describe('the log', () => {
  it('G3 holds no secret, code, verifier, token or cookie after all of this, nor does any other page', async () => {
    const provider = await startFaultyProvider({ clientSecret: 'canary-client-secret' })
    const sessionSecret = 'canary-session-secret-that-is-long-enough'
    const app = await startProcess({ ...provider.env, SESSION_SECRET: sessionSecret, LOG_LEVEL: 'trace' })
    const visitor = new Visitor({ url: `http://localhost:${app.port}` })
    const pages: string[] = []
    const cookies = new Set<string>()
    const tokens = new Set<string>()
    const keep = ({ text }: { text: string }) => void pages.push(text)
    const look = async () => {
      cookies.add(visitor.cookie.split('=')[1] as string)
      const { access_token, refresh_token } = await tokensOf(visitor)
      for (const token of [access_token, refresh_token]) tokens.add(token)
    }
    provider.rotates = true
    const callback = await visitor.authorize('', '')
    keep(await visitor.get(callback))
    await look()
    keep(await new Visitor({ url: `http://localhost:${app.port}` }).get(callback))
    await refresh(visitor)
    await look()
    keep(await visitor.post('/auth/prove', {}, JSON_PLEASE))
    await look()
    keep(await visitor.post('/auth/check', {}, JSON_PLEASE))
    await visitor.get('/profile/device-config/json')
    await visitor.post('/auth/token', { refresh_token: 'canary-token-tökén' }, JSON_PLEASE).then(keep)
    const answers = [
      saysJson({ error: 'invalid_request', error_description: 'x' }, 400),
      saysJson({ access_token: ['canary-half-answer'] }),
      saysJson(null),
    ]
    for (const answer of answers) {
      provider.at('/token', answer)
      const refreshed = await refresh(visitor)
      // A token answer is where tokens belong.
      if (refreshed.status !== 200) keep(refreshed)
      keep(await comeBack(new Visitor({ url: `http://localhost:${app.port}` })))
    }
    provider.mend()
    for (const path of [
      '/',
      '/nothing',
      '/profile/device-config/none',
      `/auth/oauth2/callback?code=canary-code&state=x`,
    ]) {
      keep(await visitor.get(path))
    }
    keep(await visitor.post('/auth/revoke'))
    keep(await visitor.post('/auth/logout'))
    expect(await app.end('SIGTERM')).toBe(0)

    const forms = provider.received.map(({ form }) => form)
    const canaries = new Set([
      ...['canary', 'canary-client-secret', sessionSecret, ...tokens, ...cookies],
      ...forms.flatMap((form) => [form.get('code'), form.get('code_verifier'), form.get('refresh_token')]),
    ])
    canaries.delete(null as never)
    expect(canaries.size).toBeGreaterThan(12)
    const printed = app.printed()
    const whereFound = (canary: string) => [
      ...(printed.includes(canary) ? [`${canary} in the log`] : []),
      ...pages.filter((page) => page.includes(canary)).map((page) => `${canary} in ${page.slice(0, 300)}`),
    ]
    expect([...canaries].flatMap((canary) => whereFound(canary as string))).toEqual([])
  })

  it('G4 holds one line of JSON for each thing, whatever a provider or a stranger writes', async () => {
    const rig = await startRig()
    const text = `\r\nFAKE {"level":60}\u001b[31mred\u001b[0m\u0007\u2028${'x'.repeat(8_000)}`
    const visitor = await rig.signedIn()
    rig.provider.at('/token', saysJson({ error: 'invalid_scope', error_description: text }, 400))
    const answer = await refresh(visitor)
    expect(answer.json.error_description.length).toBeLessThanOrEqual(300)
    expect(answer.json.error_description).not.toMatch(CONTROL)
    const callback = await comeBack(visitor, (query) => {
      query.delete('code')
      query.set('error', 'server_error')
      query.set('error_description', text)
    })
    expect(callback.json.error_description.length).toBeLessThanOrEqual(300)
    await rawRequest(
      rig.app.port,
      rawHeaders(`GET /%0d%0aFAKE%1b[31m?x HTTP/1.1`, `Host: localhost:${rig.app.port}`, 'User-Agent: a\u001b[31m'),
    )
    for (const line of rig.app.logged) {
      expect(line.trimEnd()).not.toMatch(CONTROL)
      expect(line.length).toBeLessThan(2_000)
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), time: expect.any(String) })
    }
    await rig.close()
  })

  it('G5 tells a failure of our own by a request id, and the page shows nothing of the inside', async () => {
    const { NODE_ENV } = process.env
    delete process.env.NODE_ENV
    const rig = await startRig()
    const lines: string[] = []
    const logger = createLogger('info', { write: (line: string) => void lines.push(line) })
    const dependencies = await createDependencies(rig.app.config, { logger })
    class Broken extends MemorySessions {
      override get(_id: string, callback: (error: unknown) => void) {
        callback(new Error('canary-inside'))
      }
    }
    const sessionStore = new Broken(false)
    const app = await createApp(rig.app.config, { ...dependencies, sessionStore })
    const servers = await listen(app, '127.0.0.1', 0)
    const visitor = await rig.signedIn()
    for (const accept of ['text/html', 'application/json']) {
      const answer = await rawRequest(
        portOf(servers[0]) ?? 0,
        rawHeaders(
          'GET /profile HTTP/1.1',
          `Host: localhost:${rig.app.port}`,
          `Cookie: ${visitor.cookie}`,
          `Accept: ${accept}`,
        ),
      )
      expect(statusOf(answer)).toBe(500)
      expect(answer).not.toMatch(/canary|\bat .*\.[jt]s|node_modules/)
      const said = lines.map((line) => JSON.parse(line)).findLast(({ code }) => code === 'internal_error')
      expect(answer).toContain(said.requestId)
    }
    expect(lines.join()).not.toContain('canary')
    for (const server of servers) server.close()
    sessionStore.close()
    await dependencies.close()
    await rig.close()
    process.env.NODE_ENV = NODE_ENV
  })

  it('G5 also when the error page itself fails, or half an answer has left', async () => {
    const { NODE_ENV } = process.env
    delete process.env.NODE_ENV
    const app = express()
    app.get('/page', () => {
      throw new Error('canary-inside')
    })
    app.get('/half', (_req, res) => {
      res.write('half')
      throw new Error('canary-inside')
    })
    const pages = {
      error() {
        throw new Error('canary-page')
      },
    } as unknown as Pages
    const config = loadConfig({})
    const { provider, close } = createProviderClient(config)
    app.use(errorHandler({ pages, config, provider }, createLogger('silent')))
    const printed: unknown[] = []
    const { error } = console
    console.error = (...words) => void printed.push(words)
    const server = await listening(app)
    const page = await fetch(`${server.url}/page`)
    expect([page.status, (await page.text()).includes('canary')]).toEqual([500, false])
    await expect(fetch(`${server.url}/half`).then((half) => half.text())).rejects.toThrow()
    console.error = error
    expect(printed).toEqual([])
    await Promise.all([server.close(), close()])
    process.env.NODE_ENV = NODE_ENV
  })
})
