import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { DEMO_CLIENT, DEMO_PATH } from '../../server/config/demo-realm.js'
import { createDemoProvider, type DemoProviderOptions } from '../../server/demo-provider/demo-provider.js'
import { browserlessSignIn } from '../support/browserless-sign-in.js'
import { closeLater } from '../support/closing.js'

export type Json = Record<string, unknown>

/** The demo provider on a real port, mounted as the app mounts it, and a client of it. */
export async function startDemo(
  { host = 'localhost', ...options }: Partial<DemoProviderOptions> & { host?: string } = {},
  ...before: RequestHandler[]
) {
  const app = express()
  const server = createServer(app)
  server.listen(0, host === '[::1]' ? '::1' : '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://${host}:${(server.address() as AddressInfo).port}`
  const errors: unknown[] = []
  app.use(
    DEMO_PATH,
    ...before,
    await createDemoProvider({ baseUrl, onError: (error) => errors.push(error), ...options }),
  )
  app.use((_req, res) => void res.status(404).send('the app'))

  const endpoint = (name: string) => `${baseUrl}${DEMO_PATH}/protocol/openid-connect/${name}`
  const redirectUri = `${baseUrl}/auth/oauth2/callback`

  /** The tutorial's authorization URL, with `parameters` added or (undefined) taken away. */
  function authorizationUrl(parameters: Record<string, string | undefined> = {}): string {
    const all = {
      response_type: 'code',
      client_id: 'sensor',
      redirect_uri: redirectUri,
      scope: 'offline_access',
      ...parameters,
    }
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    return `${endpoint('auth')}?${new URLSearchParams(given)}`
  }

  /** POSTs a form with the client's credentials in it; those given (also undefined: none) win. */
  async function post(name: string, form: Record<string, string | undefined>, headers: Record<string, string> = {}) {
    const fields = Object.entries({ ...DEMO_CLIENT, ...form }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    const response = await fetch(endpoint(name), { method: 'POST', headers, body: new URLSearchParams(fields) })
    const answer = await response.text()
    const json: Json = response.headers.get('content-type')?.includes('json') ? JSON.parse(answer) : {}
    return { status: response.status, headers: response.headers, json, text: answer }
  }

  const signIn = (username = 'demo', parameters: Record<string, string | undefined> = {}) =>
    browserlessSignIn({ authorizationUrl: authorizationUrl(parameters), username, password: 'demo', redirectUri })

  const exchange = (callback: URL, form: Record<string, string | undefined> = {}) =>
    post('token', {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      ...form,
    })

  /** From the sign-in to the token answer. */
  async function mint(username = 'demo', scope = 'offline_access') {
    const { json } = await exchange(await signIn(username, { scope }))
    return json as Json & { access_token: string; refresh_token: string; id_token?: string }
  }

  const refresh = (refresh_token: string, form: Record<string, string> = {}) =>
    post('token', { grant_type: 'refresh_token', refresh_token, ...form })

  const introspect = (token: string) => post('token/introspect', { token, token_type_hint: 'refresh_token' })

  const close = closeLater(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  return {
    baseUrl,
    issuer: baseUrl + DEMO_PATH,
    redirectUri,
    errors,
    endpoint,
    authorizationUrl,
    post,
    signIn,
    exchange,
    mint,
    refresh,
    introspect,
    close,
  }
}

export type Demo = Awaited<ReturnType<typeof startDemo>>
