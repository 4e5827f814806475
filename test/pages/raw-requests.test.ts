import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RawRequest, refreshRequests } from '../../server/pages/raw-requests.js'
import { basic, basicRaw } from '../../server/provider/client-authentication.js'
import { textOf } from '../pages/fixtures.js'
import { type RunningApp, startApp } from '../support/app.js'
import { json, startFaultyProvider } from '../support/faulty-provider.js'
import { describeWith, lacking } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const SENSOR = { clientId: 'sensor', clientSecret: 'sensor-secret' }
const HOSTILE = { clientId: "a'b $(id) `id`", clientSecret: 'a+b/c%d:e é &=?\'"\\!' }

describe('raw requests', () => {
  let app: RunningApp
  let endpoint: string
  let refreshToken: string

  beforeAll(async () => {
    app = await startApp()
    endpoint = `${app.url}/realms/organicity/protocol/openid-connect/token`
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    refreshToken = (await visitor.get('/profile', { accept: 'application/json' })).json.refresh_token
  })
  afterAll(() => app.close())

  const requests = () => refreshRequests(SENSOR, endpoint, refreshToken, 'client_secret_basic', true)

  it.each([0, 1])('is answered when it is sent byte by byte as it stands (Option %i of A, B)', async (option) => {
    const answer = await sendRaw(app.port, requests()[option]?.http as string)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain('"access_token"')
  })

  describeWith(lacking('curl', 'sh'), 'pasted into a shell', () => {
    it.each([0, 1])('is answered (Option %i of A, B)', async (option) => {
      const { stdout } = await promisify(execFile)('sh', ['-c', requests()[option]?.curl as string])
      expect(JSON.parse(stdout)).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
    })

    it('is taken for what it is, whatever stands in it', async () => {
      const [, { curl }] = refreshRequests(
        HOSTILE,
        'http://host.test/token',
        "t'o $HOME",
        'client_secret_post',
        true,
      ) as [RawRequest, RawRequest]
      // curl is left out: what the shell makes of the words is printed instead.
      const script = curl.replace(/^curl/, `printf '%s\\n'`)
      const { stdout } = await promisify(execFile)('sh', ['-c', script])
      expect(stdout.split('\n')).toEqual(
        expect.arrayContaining([
          "refresh_token=t'o $HOME",
          `client_id=${HOSTILE.clientId}`,
          `client_secret=${HOSTILE.clientSecret}`,
        ]),
      )
    })
  })

  it('has one way for a public client, without a secret', () => {
    const all = refreshRequests({ clientId: 'sensor', clientSecret: null }, endpoint, 'token', 'none', true)
    expect(all.map(({ method }) => method)).toEqual(['none'])
    expect(all[0]?.http).not.toMatch(/secret|authorization/i)
  })

  it('form-encodes the credentials of Option A, or not, as was proven', () => {
    const credentials = (method: 'client_secret_basic' | 'client_secret_basic_raw') => {
      const [inHeader] = refreshRequests(HOSTILE, endpoint, 'token', method, true)
      const base64 = /Authorization: Basic (\S+)/.exec(inHeader?.http as string)?.[1] as string
      return Buffer.from(base64, 'base64').toString()
    }
    expect(credentials('client_secret_basic_raw')).toBe(`${HOSTILE.clientId}:${HOSTILE.clientSecret}`)
    expect(credentials('client_secret_basic')).toMatch(/^a%27b\+%24%28id%29\+%60id%60:a%2Bb%2Fc%25d%3Ae\+%C3%A9\+/)
  })

  it('shows a placeholder where the secret is not to be shown', () => {
    for (const { http, curl } of refreshRequests(SENSOR, endpoint, 'token', 'client_secret_basic', false)) {
      expect(http + curl).toMatch(/CLIENT_SECRET/)
      expect(http + curl).not.toContain('sensor-secret')
      expect(http + curl).not.toContain(Buffer.from('sensor:sensor-secret').toString('base64'))
    }
  })
})

describe('raw requests at a provider that does not form-decode, as Keycloak up to 16', () => {
  it.each([
    ['whichever was used last', null, ['client_secret_post', 'client_secret_basic_raw']],
    [
      'where Option B alone is announced, once it was taken',
      'client_secret_post',
      ['client_secret_basic_raw', 'client_secret_post'],
    ],
  ])('shows Option A as it is taken there, %s', async (_when, listed, methods) => {
    const provider = await startFaultyProvider({ clientSecret: HOSTILE.clientSecret })
    const { clientId, clientSecret } = provider
    provider.at('/token', (response, received) => {
      const { authorization } = received.headers
      if (authorization !== undefined && authorization !== basicRaw(clientId, clientSecret))
        return json(response, 401, { error: 'unauthorized_client' })
      const headers = authorization ? { authorization: basic(clientId, clientSecret) } : {}
      provider.sound['/token']?.(response, { ...received, headers })
    })
    if (listed) {
      const metadata = { ...provider.metadata(), token_endpoint_auth_methods_supported: [listed] }
      provider.at('/.well-known/openid-configuration', (response) => json(response, 200, metadata))
    }
    const app = await startApp(provider.env)
    const visitor = new Visitor(app)
    await visitor.signIn('somebody', '')
    const shown: string[] = []
    for (const auth_method of methods) {
      expect((await visitor.post('/auth/refresh', { auth_method })).status).toBe(303)
      shown.push(textOf((await visitor.get('/profile')).text, 'http-0'))
    }
    await app.close()
    await provider.stop()
    for (const http of shown) expect(http).toContain(`Authorization: ${basicRaw(clientId, clientSecret)}\n`)
  })
})

/** What a server answers to bytes that are sent as they are, with the line ends that HTTP wants. */
function sendRaw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request.replaceAll('\n', '\r\n')))
    let answer = ''
    socket.setTimeout(500, () => socket.end())
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
