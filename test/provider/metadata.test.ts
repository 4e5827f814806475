import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { loadConfig } from '../../server/config/config.js'
import { createFetch } from '../../server/provider/http.js'
import { createMetadataSource, type MetadataSource } from '../../server/provider/metadata.js'
import { type Listening, listening } from '../support/listening.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A provider whose answers are told by path: an object is sent as JSON. */
async function provider(answers: (url: string) => Record<string, unknown>): Promise<Listening> {
  let at = ''
  const answer: RequestListener = (req, res) => {
    const found = answers(at)[req.url as string]
    res.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    res.end(typeof found === 'string' ? found : JSON.stringify(found ?? {}))
  }
  const started = await listening(answer)
  at = started.url
  closing.push(started.close)
  return started
}

function source(env: Record<string, string>): MetadataSource {
  const config = loadConfig({ OAUTH2_CLIENT_ID: 'sensor', ...env }).oauth2
  const http = createFetch({ ca: null, proxy: { http: null, https: null, no: null } })
  const metadata = createMetadataSource(config, http.fetch)
  closing.push(() => metadata.stop(), http.close)
  return metadata
}

const document = (issuer: string, more = {}) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  ...more,
})

describe("the provider's metadata", () => {
  it('is found by OpenID Connect Discovery, below the path of the issuer', async () => {
    const { url } = await provider((at) => ({
      '/realms/r/.well-known/openid-configuration': document(`${at}/realms/r`, { jwks_uri: `${at}/keys` }),
    }))
    const found = await source({ OAUTH2_ISSUER: `${url}/realms/r` }).get()
    expect(found).toMatchObject({
      token_endpoint: `${url}/realms/r/token`,
      jwks_uri: `${url}/keys`,
      revocation_endpoint: null,
    })
  })

  it('is found by RFC 8414, between the host and the path', async () => {
    const { url } = await provider((at) => ({ '/.well-known/oauth-authorization-server/as': document(`${at}/as`) }))
    expect((await source({ OAUTH2_ISSUER: `${url}/as` }).get()).token_endpoint).toBe(`${url}/as/token`)
  })

  it('is fetched elsewhere when told so, and must still be of the issuer', async () => {
    const inside = await provider(() => ({ '/inside': document('http://outside.test') }))
    const env = { OAUTH2_ISSUER: 'http://outside.test', OAUTH2_DISCOVERY_URL: `${inside.url}/inside` }
    expect((await source(env).get()).issuer).toBe('http://outside.test')
    const other = source({ ...env, OAUTH2_ISSUER: 'http://other.test' }).get()
    await expect(other).rejects.toMatchObject({
      code: 'provider_malformed',
      message: expect.stringContaining('outside.test'),
    })
  })

  it('is not needed where both endpoints are set, and a discovery that fails does not hinder', async () => {
    const bare = { OAUTH2_AUTHORIZATION_ENDPOINT: 'http://p.test/a', OAUTH2_TOKEN_ENDPOINT: 'http://p.test/t' }
    expect(await source(bare).get()).toMatchObject({
      issuer: null,
      token_endpoint: 'http://p.test/t',
      discovered: null,
    })
    const { url } = await provider(() => ({}))
    expect((await source({ ...bare, OAUTH2_ISSUER: url }).get()).authorization_endpoint).toBe('http://p.test/a')
  })

  it('is overridden by each endpoint that is set', async () => {
    const { url } = await provider((at) => ({ '/.well-known/openid-configuration': document(at) }))
    const found = await source({ OAUTH2_ISSUER: url, OAUTH2_TOKEN_ENDPOINT: 'http://inside.test/token' }).get()
    expect(found).toMatchObject({
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: 'http://inside.test/token',
    })
  })

  it.each<[string, (at: string) => unknown]>([
    ["another issuer's", () => document('http://other.test')],
    ['a page', () => '<html>'],
    ['a list', () => []],
    ['one without a token endpoint', (at) => ({ issuer: at, authorization_endpoint: `${at}/authorize` })],
    ['one with an endpoint that is no URL', (at) => document(at, { jwks_uri: 'keys' })],
    ['one of 300 kB', (at) => document(at, { more: 'x'.repeat(300_000) })],
  ])('refuses %s', async (_what, answer) => {
    const { url } = await provider((at) => ({ '/.well-known/openid-configuration': answer(at) }))
    await expect(source({ OAUTH2_ISSUER: url }).get()).rejects.toMatchObject({ code: 'provider_malformed' })
  })

  it('is asked for again until it is there', async () => {
    let there = false
    const { url } = await provider((at) => (there ? { '/.well-known/openid-configuration': document(at) } : {}))
    const metadata = source({ OAUTH2_ISSUER: url })
    metadata.start()
    await expect(metadata.get()).rejects.toThrow()
    expect(metadata.problem?.code).toBe('provider_malformed')
    there = true
    while (metadata.current === null) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(metadata.problem).toBeNull()
  })
})
