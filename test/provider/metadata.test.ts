import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { loadConfig } from '../../server/config/config.js'
import { AppError } from '../../server/errors.js'
import { readEndpoints } from '../../server/provider/endpoints.js'
import { createFetch } from '../../server/provider/http.js'
import { isIssuer, issuerFits } from '../../server/provider/issuer.js'
import { createMetadataSource, type MetadataSource } from '../../server/provider/metadata.js'
import { createProvider } from '../../server/provider/provider.js'
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
    ['one whose token endpoint is null', (at) => document(at, { token_endpoint: null })],
    ['one whose token endpoint is relative', (at) => document(at, { token_endpoint: '/token' })],
    ['one with a line break in an endpoint', (at) => document(at, { token_endpoint: `${at}/t\n$(id)` })],
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

describe('an endpoint in the metadata that is odd', () => {
  const optional = [
    'userinfo_endpoint',
    'introspection_endpoint',
    'revocation_endpoint',
    'jwks_uri',
    'device_authorization_endpoint',
  ] as const

  it.each<[string, unknown, string]>([
    ['null', null, 'is null'],
    ['empty', '', 'is empty'],
    ['relative', '/userinfo', 'is not a complete http(s) URL'],
    ['no text', 5, 'is not a string'],
    ['no URL', 'https://', 'is not a URL'],
    ['another scheme', 'javascript:alert(1)', 'is not a complete http(s) URL'],
    ['a command', 'http://p.test/\u001b[201~\r\nid', 'has control characters'],
    ['with a password', 'http://me:secret@p.test/', 'has a user name or a password in it'],
  ])('counts as absent when it is optional and %s, with a remark', async (_what, value, why) => {
    const odd = Object.fromEntries(optional.map((name) => [name, value]))
    const { url } = await provider((at) => ({ '/.well-known/openid-configuration': document(at, odd) }))
    const found = await source({ OAUTH2_ISSUER: url }).get()
    for (const name of optional) {
      expect(found[name]).toBeNull()
      expect(found.discovered).not.toHaveProperty(name)
    }
    expect(found.remarks).toEqual(
      optional.map((member) => ({ member, message: `${member} in the metadata ${why}, so it is not used.` })),
    )
    expect(JSON.stringify(found.remarks)).not.toContain('secret')
  })

  it('is no remark when it is not there at all', async () => {
    const { url } = await provider((at) => ({ '/.well-known/openid-configuration': document(at) }))
    expect((await source({ OAUTH2_ISSUER: url }).get()).remarks).toEqual([])
  })

  it('is spelt as URL spells it: letters beyond ASCII, capitals, spaces, a fragment (J13, J18)', async () => {
    const { url } = await provider((at) => ({
      '/.well-known/openid-configuration': document(at, {
        authorization_endpoint: `${at}/Ł ö`,
        token_endpoint: ` HTTP://Bücher.TEST/a/../token#fragment`,
      }),
    }))
    const found = await source({ OAUTH2_ISSUER: url }).get()
    expect(found).toMatchObject({
      authorization_endpoint: `${url}/%C5%81%20%C3%B6`,
      token_endpoint: 'http://xn--bcher-kva.test/token',
      discovered: { token_endpoint: 'http://xn--bcher-kva.test/token' },
    })
    const set = await source({
      OAUTH2_AUTHORIZATION_ENDPOINT: 'HTTP://P.TEST/Ł',
      OAUTH2_TOKEN_ENDPOINT: 'http://P.test',
    }).get()
    expect(set).toMatchObject({ authorization_endpoint: 'http://p.test/%C5%81', token_endpoint: 'http://p.test/' })
  })

  it.each(optional)('refuses a %s on plain http when the issuer is on https (H3)', (name) => {
    const config = loadConfig({ OAUTH2_CLIENT_ID: 'sensor', OAUTH2_ISSUER: 'https://p.test' }).oauth2
    const read = () =>
      readEndpoints(config, document('https://p.test', { [name]: 'HTTP://p.test/x' }), 'https://p.test')
    expect(read).toThrow(`a ${name} on plain http`)
  })
})

describe('metadata that is not where it is looked for first', () => {
  it('is found behind a redirect on the same origin (H2CK/oidc#482)', async () => {
    const started = await listening((req, res) => {
      const at = `http://${req.headers.host}`
      if (req.url === '/.well-known/openid-configuration')
        res.writeHead(301, { location: '/index.php/openid' }).end('moved')
      else res.end(JSON.stringify(document(at)))
    })
    closing.push(started.close)
    expect((await source({ OAUTH2_ISSUER: started.url }).get()).token_endpoint).toBe(`${started.url}/token`)
  })

  it.each<[string, number, Record<string, string>]>([
    ['a redirect to another origin', 302, { location: 'https://sso.example.org/openid?x=1' }],
    ['a firewall', 403, { 'content-type': 'text/html' }],
    ['another issuer', 200, {}],
  ])("is looked for at RFC 8414's address after %s", async (_what, status, headers) => {
    const started = await listening((req, res) => {
      const at = `http://${req.headers.host}`
      if (req.url === '/.well-known/oauth-authorization-server') res.end(JSON.stringify(document(at)))
      else res.writeHead(status, headers).end(status === 200 ? '{"issuer":"http://other.test"}' : '<html>no')
    })
    closing.push(started.close)
    expect((await source({ OAUTH2_ISSUER: started.url }).get()).token_endpoint).toBe(`${started.url}/token`)
  })

  it('names where the redirect leads when it is nowhere', async () => {
    const started = await listening(
      (_req, res) => void res.writeHead(301, { location: 'https://sso.example.org/openid?x=1' }).end(),
    )
    closing.push(started.close)
    await expect(source({ OAUTH2_ISSUER: started.url }).get()).rejects.toMatchObject({
      code: 'provider_malformed',
      message: expect.stringContaining('a redirect to https://sso.example.org/openid.'),
      hint: expect.stringMatching(/./),
    })
  })

  it('names the spelling of the issuer that differs by a slash', async () => {
    const { url } = await provider((at) => ({ '/.well-known/openid-configuration': document(`${at}/`) }))
    await expect(source({ OAUTH2_ISSUER: url }).get()).rejects.toMatchObject({
      hint: `Set OAUTH2_ISSUER=${url}/ (with the slash at the end).`,
    })
  })
})

describe('an issuer with a {placeholder}', () => {
  const TEMPLATE = 'https://login.test/{tenantid}/v2.0'

  it('is taken for the issuer that is set', async () => {
    const { url } = await provider((at) => ({
      '/common/v2.0/.well-known/openid-configuration': { ...document(at), issuer: `${at}/{tenantid}/v2.0` },
    }))
    const found = await source({ OAUTH2_ISSUER: `${url}/common/v2.0` }).get()
    expect(found.issuer).toBe(`${url}/common/v2.0`)
    expect(isIssuer(`${url}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`, found.issuer as string, found.discovered)).toBe(
      true,
    )
    expect(isIssuer('http://evil.test/x/v2.0', found.issuer as string, found.discovered)).toBe(false)
  })

  it.each<[string, string, boolean]>([
    [TEMPLATE, 'https://login.test/common/v2.0', true],
    [TEMPLATE, 'https://login.test/a/b/v2.0', false],
    [TEMPLATE, 'https://login.test//v2.0', false],
    [TEMPLATE, 'https://login.test/../v2.0', false],
    [TEMPLATE, 'https://login.test/common/v2.0/', false],
    [TEMPLATE, 'https://login.test/common/v2.0?x', false],
    [TEMPLATE, 'https://login.test/common/V2.0', false],
    [TEMPLATE, 'https://evil.test/common/v2.0', false],
    [TEMPLATE, 'http://login.test/common/v2.0', false],
    ['https://{tenant}.login.test/v2.0', 'https://a.login.test/v2.0', false],
    ['https://{host}/v2.0', 'https://login.test/v2.0', false],
    ['https://login.test/x{tenant}/v2.0', 'https://login.test/xa/v2.0', false],
    ['{issuer}', 'https://login.test', false],
  ])('%s stands for %s: %s', (template, issuer, fits) => {
    expect(issuerFits(template, issuer)).toBe(fits)
  })

  it('makes no other issuer right where the one that is set has no part in it', () => {
    const discovered = { issuer: TEMPLATE }
    expect(isIssuer('https://login.test/a/v2.0', 'https://login.test/common/v2.0', discovered)).toBe(true)
    expect(isIssuer('https://login.test/a/v2.0', 'https://other.test', discovered)).toBe(false)
    expect(
      isIssuer('https://login.test/a/v2.0', 'https://login.test/b/v2.0', { issuer: 'https://login.test/b/v2.0' }),
    ).toBe(false)
  })
})

describe('metadata that changes', () => {
  const changing = async () => {
    const seen: string[] = []
    const state = { version: 1, seen }
    const started = await listening((req, res) => {
      const at = `http://${req.headers.host}`
      seen.push(req.url as string)
      if (req.url?.startsWith('/.well-known'))
        res.end(JSON.stringify(document(at, { token_endpoint: `${at}/token${state.version}` })))
      else if (req.url !== `/token${state.version}`) res.writeHead(404).end()
      else
        res
          .setHeader('content-type', 'application/json')
          .end('{"access_token":"a","token_type":"Bearer","refresh_token":"r2"}')
    })
    closing.push(started.close)
    const config = loadConfig({ OAUTH2_CLIENT_ID: 'sensor', OAUTH2_ISSUER: started.url }).oauth2
    const http = createFetch({ ca: null, proxy: { http: null, https: null, no: null } })
    const metadata = createMetadataSource(config, http.fetch)
    closing.push(() => metadata.stop(), http.close)
    return { state, metadata, at: started.url, provider: createProvider(config, metadata, http.fetch) }
  }

  it('is read again after its token endpoint was not there, at most once in 30 seconds', async () => {
    const { state, metadata, at, provider } = await changing()
    await metadata.get()
    state.version = 2
    await expect(provider.refresh('r1')).rejects.toThrow()
    while (metadata.current?.token_endpoint !== `${at}/token2`) await new Promise((resolve) => setTimeout(resolve, 10))
    expect((await provider.refresh('r1')).refresh_token).toBe('r2')
    state.version = 3
    await expect(provider.refresh('r2')).rejects.toThrow()
    await expect(provider.refresh('r2')).rejects.toThrow()
    expect(state.seen.filter((path) => path.startsWith('/.well-known'))).toHaveLength(2)
  })

  it('is read again when it is asked for, and what was known stays when that fails', async () => {
    const { state, metadata, at } = await changing()
    await metadata.get()
    state.version = 2
    expect((await metadata.again()).token_endpoint).toBe(`${at}/token2`)
    expect(metadata.current?.token_endpoint).toBe(`${at}/token2`)
    const failing = async () => {
      throw new AppError('provider_unreachable', 'down')
    }
    await expect(metadata.again(failing)).rejects.toThrow('down')
    expect(metadata.current?.token_endpoint).toBe(`${at}/token2`)
    expect(metadata.problem).toBeNull()
  })
})
