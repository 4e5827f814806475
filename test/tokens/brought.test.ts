import { afterEach, describe, expect, it } from '@jest/globals'
import { json, metadataOf, page, startFakeProvider } from '../check/fake-provider.js'
import { startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe('a token that is brought while the provider is down', () => {
  it('is taken, and refreshed in the way that the provider names when it is up again', async () => {
    let up = false
    const provider = await startFakeProvider({
      '/.well-known/openid-configuration': (asked) =>
        up
          ? json(asked.response, 200, {
              ...metadataOf(provider.issuer),
              token_endpoint_auth_methods_supported: ['client_secret_post'],
            })
          : page(503, 'Down')(asked),
      '/token': ({ credentials, response }) =>
        credentials?.method === 'body'
          ? json(response, 200, { access_token: 'a', token_type: 'Bearer', refresh_token: 'brought' })
          : json(response, 401, { error: 'invalid_client' }),
    })
    const app = await startApp(provider.env)
    closing.push(app.close, provider.close)
    const visitor = new Visitor(app)
    expect((await visitor.post('/auth/token', { refresh_token: 'brought' })).status).toBe(303)
    up = true
    const { status, json: proof } = await visitor.post('/auth/prove', {}, JSON_PLEASE)
    expect([status, proof.verdict]).toEqual([200, 'reusable'])
    const way = proof.checks.find(({ id }: { id: string }) => id === 'client_authentication')
    expect(way.message).toMatch(/^client_secret_post:/)
  })
})

describe('a refresh that fails after the provider may have read it', () => {
  it.each<[string, Parameters<typeof page>]>([
    ["with a gateway's page", [504, '<title>504 Gateway Time-out</title>']],
    ['with nothing', [504, '']],
    ['with an error of the provider', [500, '{"error":"server_error"}']],
  ])('says that the token may be used up: %s', async (_, [status, html]) => {
    const provider = await startFakeProvider({ '/token': page(status, html) })
    const app = await startApp(provider.env)
    closing.push(app.close, provider.close)
    const visitor = new Visitor(app)
    await visitor.post('/auth/token', { refresh_token: 'brought' })
    const { status: told, json: problem } = await visitor.post('/auth/refresh', {}, JSON_PLEASE)
    expect([told, problem.token]).toEqual([502, expect.stringContaining('may be used up: test it')])
  })
})
