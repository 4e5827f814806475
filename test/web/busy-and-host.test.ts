import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import supertest from 'supertest'
import { JSON_PLEASE, type Rig, startRig } from '../promises/rig.js'
import { type RunningApp, startApp } from '../support/app.js'
import { json } from '../support/faulty-provider.js'
import { until } from '../support/wait.js'

describe('a refresh in a chosen way', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startRig()
  })
  afterAll(() => rig.close())

  it('is refused while one in another way is running, and sent as it was asked for otherwise', async () => {
    const visitor = await rig.signedIn()
    const held: ServerResponse[] = []
    rig.provider.at('/token', (response: ServerResponse) => void held.push(response))
    const first = visitor.post('/auth/refresh', { auth_method: 'client_secret_basic' }, JSON_PLEASE)
    await until('the provider has the request', () => held.length === 1)
    const second = await visitor.post('/auth/refresh', { auth_method: 'client_secret_post' }, JSON_PLEASE)
    expect([second.status, second.json.code]).toEqual([409, 'busy'])
    json(held[0] as ServerResponse, 200, { token_type: 'Bearer', access_token: 'a', refresh_token: 'r-next' })
    expect((await first).json).toMatchObject({ refresh_token: 'r-next' })
    expect(held).toHaveLength(1)
  })
})

describe('the Host of a shared site', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp({
      BASE_URL: 'https://mint.example',
      SESSION_SECRET: '0123456789abcdef'.repeat(2),
      OAUTH2_ISSUER: 'https://provider.example',
      OAUTH2_CLIENT_ID: 'sensor',
      TRUST_PROXY: '127.0.0.1',
    })
  })
  afterAll(() => app.close())

  const ask = (headers: Record<string, string>) =>
    supertest(`http://127.0.0.1:${app.port}`)
      .get('/')
      .set({ accept: 'application/json', 'x-forwarded-proto': 'https', ...headers })

  it('may have the own port of https behind it', async () => {
    expect((await ask({ host: 'mint.example:443' })).status).toBe(200)
    expect((await ask({ host: 'mint.example:444' })).status).toBe(421)
  })

  it('names the line for nginx when the proxy sends ours as X-Forwarded-Host', async () => {
    const { status, body } = await ask({ host: 'backend', 'x-forwarded-host': 'mint.example' })
    expect([status, body.code]).toEqual([421, 'unknown_host'])
    expect(body.hint).toContain('proxy_set_header Host')
    expect((await ask({ host: 'backend' })).body.hint).not.toContain('proxy_set_header')
  })
})
