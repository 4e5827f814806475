import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from './support/app.js'
import { Visitor } from './support/visitor.js'

describe('minting at the embedded provider', () => {
  let app: RunningApp

  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.close())

  it('leads from the home page to two tokens', async () => {
    const visitor = new Visitor(app)
    const home = await visitor.get('/')
    expect(home.status).toBe(200)
    expect(home.text).toContain('href="/auth/oauth2"')
    const profile = await visitor.signIn('demo', 'demo')
    expect(profile.status).toBe(200)
    expect(profile.url).toBe(`${app.url}/profile`)
    const tokens = (await visitor.get('/profile', { accept: 'application/json' })).json
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 300, refresh_token_changed: false, verdict: null })
    expect(profile.text).toContain(tokens.refresh_token)
    expect(profile.text).toContain(tokens.access_token)
  })

  it('refreshes in both ways of the tutorial', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    const before = (await visitor.get('/profile', { accept: 'application/json' })).json
    for (const auth_method of ['client_secret_basic', 'client_secret_post']) {
      const after = await visitor.post('/auth/refresh', { auth_method }, { accept: 'application/json' })
      expect(after.status).toBe(200)
      expect(after.json.refreshed_at).not.toBeNull()
      expect(after.json.access_token).not.toBe(before.access_token)
    }
  })

  it('makes one use of the token of many clicks at once', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('rotating', 'demo')
    letInTogether(app, 5)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => visitor.post('/auth/refresh', {}, { accept: 'application/json' })),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(answers.map(({ json }) => json.refresh_token)).size).toBe(1)
    const again = await visitor.post('/auth/refresh', {}, { accept: 'application/json' })
    expect(again.status).toBe(200)
  })

  it('says which switch to turn when the role is missing', async () => {
    const visitor = new Visitor(app)
    const page = await visitor.signIn('no-offline', 'demo')
    expect(page.status).toBe(502)
    expect(page.text).toContain('offline_access')
  })

  it('revokes the token and keeps the session, and a refresh is then refused', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    const revoked = await visitor.post('/auth/revoke', {}, { accept: 'application/json' })
    expect(revoked.json).toMatchObject({ revoked: true })
    expect((await visitor.get('/profile', { accept: 'application/json' })).json.verdict).toBe('invalid')
    const refused = await visitor.post('/auth/refresh', {}, { accept: 'application/json' })
    expect(refused.status).toBe(409)
    expect(refused.json.code).toBe('invalid_grant')
  })

  it('signs out, and the token lives on', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    const { refresh_token } = (await visitor.get('/profile', { accept: 'application/json' })).json
    const out = await visitor.post('/auth/logout')
    expect([out.status, out.headers.get('location')]).toEqual([303, '/'])
    expect((await visitor.get('/')).text).toContain('signed out')
    const gone = await visitor.get('/profile')
    expect([gone.status, gone.headers.get('location')]).toEqual([302, '/'])
    const answer = await fetch(`${app.url}/realms/organicity/protocol/openid-connect/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('sensor:sensor-secret').toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
    })
    expect(answer.status).toBe(200)
  })

  it('never puts a token or a code into the log', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    const { refresh_token, access_token } = (await visitor.get('/profile', { accept: 'application/json' })).json
    const log = app.logged.join('')
    expect(log).toContain('/auth/oauth2/callback')
    for (const secret of [refresh_token, access_token, 'sensor-secret', 'code=']) expect(log).not.toContain(secret)
  })
})

/** Holds the next requests until so many have come, and lets them in at the same moment: on a busy machine they come apart. */
function letInTogether(app: RunningApp, count: number): void {
  const held: (() => void)[] = []
  for (const server of app.servers) {
    const [handle] = server.listeners('request') as RequestListener[]
    server.removeAllListeners('request').on('request', (request, response) => {
      if (!request.url?.startsWith('/auth/refresh')) return handle?.(request, response)
      held.push(() => handle?.(request, response))
      if (held.length === count) for (const letIn of held) letIn()
      else if (held.length > count) handle?.(request, response)
    })
  }
}
