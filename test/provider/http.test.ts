import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { HttpOptions } from '../../server/provider/connections.js'
import { createFetch, type ProviderFetch, type ProviderRequest } from '../../server/provider/http.js'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { listening } from '../support/listening.js'
import { startProxy, type TestProxy } from '../support/proxy.js'
import { type RawAnswer, raw, startRawServer } from '../support/raw-server.js'
import { describeWith, lacking } from '../support/tools.js'

const NO_PROXY = { http: null, https: null, no: null }
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function fetcher(options: Partial<HttpOptions> = {}): ProviderFetch {
  const http = createFetch({ ca: null, proxy: NO_PROXY, ...options })
  closing.push(http.close)
  return http.fetch
}

/** The code of the failure, or the status and the text of the answer. */
const outcome = (answer: ReturnType<ProviderFetch>) =>
  answer.then(
    async (found) => `${found.status} ${await found.text()}`,
    (error) => String(error.code),
  )

/** Work for many values, so many at a time as a machine has sockets to spare. */
async function eachOf<T>(values: T[], work: (value: T) => Promise<void>, atOnce = 40): Promise<void> {
  const waiting = [...values]
  const worker = async () => {
    for (let value = waiting.shift(); value !== undefined; value = waiting.shift()) await work(value)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

const statuses = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

interface Way {
  scheme: 'http' | 'https'
  proxied: boolean
}

let certificate: Certificate

/** What holds on every way to the provider. */
function holdsOn({ scheme, proxied }: Way) {
  let proxy: TestProxy | null
  beforeAll(async () => {
    if (scheme === 'https') certificate ??= makeCertificate('provider.test')
    proxy = proxied ? await startProxy() : null
  })
  afterAll(() => proxy?.close())

  const trusting = () => ({
    ca: scheme === 'https' ? certificate.cert : null,
    proxy: { http: proxy?.url ?? null, https: proxy?.url ?? null, no: null },
  })
  /** Loopback never goes through a proxy, so there the provider has a name. */
  async function provider(answer: RawAnswer) {
    const server = await startRawServer(answer, scheme === 'https' ? certificate : undefined)
    closing.push(server.close)
    return `${scheme}://${proxied ? 'provider.test' : '127.0.0.1'}:${server.port}`
  }
  async function ask(answer: RawAnswer, request?: ProviderRequest) {
    const url = await provider(answer)
    return fetcher(trusting())(`${url}/token`, request)
  }

  it('goes the way that the settings name', async () => {
    if (proxy) proxy.asked.length = 0
    await ask((socket) => socket.end(raw(200)))
    expect(proxy?.asked.length ?? 0).toBe(proxied ? 1 : 0)
  })

  it.each(['', 'a body'])(
    'gives back every status from 200 to 299 and from 400 to 599, with the body "%s"',
    async (body) => {
      const url = await provider((socket, path) => socket.end(raw(Number(path.slice(1)), [], body)))
      const fetch = fetcher(trusting())
      const found = new Map<number, string>()
      const all = [...statuses(200, 299), ...statuses(400, 599)].filter((status) => status !== 407)
      await eachOf(all, async (status) => void found.set(status, await outcome(fetch(`${url}/${status}`))))
      const bodiless = [204]
      for (const status of all) expect(found.get(status)).toBe(`${status} ${bodiless.includes(status) ? '' : body}`)
    },
  )

  it.each(['', 'a body'])(
    'takes no redirect for an answer, whatever its status, with the body "%s" (J17)',
    async (body) => {
      const url = await provider((socket, path) =>
        socket.end(raw(Number(path.slice(1)), ['location: /elsewhere'], body)),
      )
      const fetch = fetcher(trusting())
      await eachOf(statuses(300, 399), async (status) => {
        expect(await outcome(fetch(`${url}/${status}`))).toBe('provider_malformed')
        expect(await outcome(fetch(`${url}/${status}`, { method: 'POST', body: 'code=1' }))).toBe('provider_malformed')
        const answer = await fetch(`${url}/${status}`, { redirects: 'return' })
        expect([answer.status, answer.headers.get('location')]).toEqual([status, '/elsewhere'])
      })
    },
  )

  it('ends a redirect whose body never ends', async () => {
    const head = 'HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n'
    const answer = ask((socket) => void socket.write(head), { timeout: 500 })
    await expect(answer).rejects.toMatchObject({ code: expect.stringMatching(/provider_(malformed|timeout)/) })
  })

  it.each(['', 'a body'])(
    'answers within the deadline when only a status from 100 to 199 comes, with the body "%s" (J18)',
    async (body) => {
      const url = await provider((socket, path) => void socket.write(`HTTP/1.1 ${path.slice(1)} Said\r\n\r\n${body}`))
      const fetch = fetcher(trusting())
      const begun = performance.now()
      await eachOf(
        statuses(100, 199),
        async (status) => {
          expect(`${status} ${await outcome(fetch(`${url}/${status}`, { timeout: 3_000 }))}`).toBe(
            `${status} provider_malformed`,
          )
        },
        100,
      )
      expect(performance.now() - begun).toBeLessThan(15_000)
    },
  )

  it.each([100, 102, 103])('gives up on %i without end, long before the deadline (J18)', async (status) => {
    const flood = `HTTP/1.1 ${status} Said\r\nlink: </x>\r\n\r\n`.repeat(50)
    const begun = performance.now()
    const answer = ask((socket) => {
      const timer = setInterval(() => socket.write(flood), 2)
      socket.on('close', () => clearInterval(timer))
    })
    await expect(answer).rejects.toMatchObject({
      code: 'provider_malformed',
      message: expect.stringContaining(`${status}`),
    })
    expect(performance.now() - begun).toBeLessThan(5_000)
  })

  it('reads the answer that follows 103', async () => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n'
    const found = ask((socket) => socket.end(Buffer.concat([Buffer.from(hint), raw(200, [], 'the answer')])))
    expect(await outcome(found)).toBe('200 the answer')
  })

  it('says that 101 was not asked for', async () => {
    const answer = ask(
      (socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    )
    await expect(answer).rejects.toMatchObject({ code: 'provider_malformed', message: expect.stringContaining('101') })
  })

  it.each<[string, RawAnswer, string]>([
    ['a reset before the answer', (socket) => socket.destroy(), 'provider_unreachable'],
    [
      'a reset in the middle of the body',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"refresh')
        setTimeout(() => socket.destroy(), 30)
      },
      'provider_unreachable',
    ],
    [
      'an end in the middle of the body',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"ref'),
      'provider_unreachable',
    ],
    ['silence', () => {}, 'provider_timeout'],
    [
      'a body that comes too slowly',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n')
        const timer = setInterval(() => socket.write(' '), 20)
        socket.on('close', () => clearInterval(timer))
      },
      'provider_timeout',
    ],
    ['something that is not HTTP', (socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 'provider_malformed'],
    ['a status that is no number', (socket) => void socket.end('HTTP/1.1 abc OK\r\n\r\n'), 'provider_malformed'],
    [
      'headers without end',
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(200_000)}`),
      'provider_malformed',
    ],
    ['too large an answer', (socket) => socket.end(raw(200, [], 'x'.repeat(200_000))), 'provider_malformed'],
    [
      'too large an answer, compressed',
      (socket) => socket.end(raw(200, ['content-encoding: gzip'], gzipSync('x'.repeat(9_000_000)))),
      'provider_malformed',
    ],
    [
      'bytes in an unknown encoding',
      (socket) => socket.end(raw(200, ['content-encoding: compress'], Buffer.from([31, 157, 144, 0]))),
      'provider_malformed',
    ],
  ])('names %s, and knows that the request may have arrived', async (_what, answer, code) => {
    await expect(ask(answer, { timeout: 700 })).rejects.toMatchObject({ code, unsent: false })
  })

  it.each<[string, string, (text: string) => Buffer | string]>([
    ['gzip', 'gzip', gzipSync],
    ['x-gzip in capitals', 'X-GZIP', gzipSync],
    ['deflate', 'deflate', deflateSync],
    ['deflate without its header', 'deflate', deflateRawSync],
    ['brotli', 'br', brotliCompressSync],
    ['two of them', 'gzip, br', (text) => brotliCompressSync(gzipSync(text))],
    ['an empty Content-Encoding', '', String],
    ['identity', 'identity', String],
    ['a charset in its place', 'UTF-8', String],
    ['gzip in name only', 'gzip', String],
  ])('reads %s', async (_what, encoding, encode) => {
    const text = '{"refresh_token":"é"}'
    const answer: RawAnswer = (socket) => socket.end(raw(200, [`content-encoding: ${encoding}`], encode(text)))
    expect(await outcome(ask(answer))).toBe(`200 ${text}`)
  })

  it('keeps a whole JSON answer although more bytes were promised', async () => {
    const json = '{"refresh_token":"r"}'
    const answer: RawAnswer = (socket) => void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n${json}`)
    expect(await outcome(ask(answer))).toBe(`200 ${json}`)
  })

  it('says who asks (lmammino/oidc-authorizer#22)', async () => {
    let head = ''
    await ask((socket, _path, asked) => {
      head = asked
      socket.end(raw(200))
    })
    expect(head).toMatch(/^user-agent: offline-token-mint/im)
  })

  it('says that a firewall refuses programs, with their name (lmammino/oidc-authorizer#22)', async () => {
    const page = '<!DOCTYPE html><title>Attention Required!</title>'
    const answer = ask((socket) => socket.end(raw(403, ['content-type: text/html; charset=utf-8'], page)))
    await expect(answer).rejects.toMatchObject({
      message: expect.stringContaining('firewall'),
      hint: expect.stringContaining('offline-token-mint'),
    })
    const json = '{"error":"invalid_client"}'
    expect(await outcome(ask((socket) => socket.end(raw(403, ['content-type: text/html'], json))))).toBe(`403 ${json}`)
  })

  it('sends the whole request: method, path with two slashes, query and body', async () => {
    const asked: string[] = []
    const url = await provider((socket, path, head) => {
      asked.push(`${head.split(' ')[0]} ${path} ${/^host: (.*)\r/im.exec(head)?.[1]}`)
      socket.end(raw(200))
    })
    await fetcher(trusting())(`${url}//token?a=://b`, { method: 'POST', body: new URLSearchParams({ code: 'x' }) })
    expect(asked).toEqual([expect.stringMatching(/^POST \/\/token(\?a=:\/\/b)? /)])
    expect(asked[0]).toContain(new URL(url).host)
  })

  it('asks ten times at once, and again, over connections that stay open', async () => {
    const server = await listening((req, res) => void res.end(req.headers.host))
    closing.push(server.close)
    if (scheme === 'https') return
    const url = proxied ? `http://provider.test:${server.port}` : server.url
    const fetch = fetcher(trusting())
    for (const _round of [1, 2, 3]) {
      const all = await Promise.all(Array.from({ length: 10 }, () => outcome(fetch(url))))
      expect(new Set(all)).toEqual(new Set([`200 ${new URL(url).host}`]))
    }
  })

  describe('with redirects on the same origin', () => {
    const to = (status: number, location: string) => raw(status, [`location: ${location}`], 'moved')

    it.each([301, 302, 303, 307, 308])('follows %i (H2CK/oidc#482)', async (status) => {
      const found = ask(
        (socket, path) =>
          socket.end(path === '/token' ? to(status, '/index.php/token?x=1') : raw(200, [], path.replace(/\?.*/, ''))),
        { redirects: 'same_origin' },
      )
      expect(await outcome(found)).toBe('200 /index.php/token')
    })

    it('names the other origin, and sends nothing there', async () => {
      const answer = ask((socket) => socket.end(to(301, 'https://other.example/well-known?code=secret')), {
        redirects: 'same_origin',
      })
      await expect(answer).rejects.toMatchObject({
        code: 'provider_malformed',
        message: expect.stringMatching(/301, a redirect to https:\/\/other\.example\/well-known\.$/),
      })
    })

    it('does not change the scheme on the same host', async () => {
      const answer = ask(
        (socket, _path, head) => {
          const host = /^host: (.*)\r/im.exec(head)?.[1]
          socket.end(to(302, `${scheme === 'https' ? 'http' : 'https'}://${host}/x`))
        },
        { redirects: 'same_origin' },
      )
      expect(await outcome(answer)).toBe('provider_malformed')
    })

    it('stops after five, and follows no answer to a POST', async () => {
      let asked = 0
      const answer: RawAnswer = (socket) => {
        asked += 1
        socket.end(to(302, `/again/${asked}`))
      }
      expect(await outcome(ask(answer, { redirects: 'same_origin' }))).toBe('provider_malformed')
      expect(asked).toBe(6)
      expect(await outcome(ask(answer, { redirects: 'same_origin', method: 'POST' }))).toBe('provider_malformed')
      expect(asked).toBe(7)
    })

    it('says so when a redirect leads nowhere', async () => {
      for (const location of ['http://', 'http://[', '']) {
        expect(await outcome(ask((socket) => socket.end(to(302, location)), { redirects: 'same_origin' }))).toBe(
          'provider_malformed',
        )
      }
    })
  })
}

describe('over http', () => holdsOn({ scheme: 'http', proxied: false }))
describe('over http, through a proxy', () => holdsOn({ scheme: 'http', proxied: true }))
describeWith(lacking('openssl'), 'over https', () => holdsOn({ scheme: 'https', proxied: false }))
describeWith(lacking('openssl'), 'over https, through a proxy', () => holdsOn({ scheme: 'https', proxied: true }))

describe('names and addresses of this machine', () => {
  it.each(['127.0.0.1', 'localhost', 'provider.localhost', 'a.b.localhost'])(
    '%s is asked without a proxy, and without DNS',
    async (name) => {
      const proxy = await startProxy()
      const provider = await listening((_req, res) => void res.end('here'))
      closing.push(proxy.close, provider.close)
      const fetch = fetcher({ proxy: { http: proxy.url, https: proxy.url, no: null } })
      expect(await outcome(fetch(`http://${name}:${provider.port}`))).toBe('200 here')
      expect(proxy.asked).toEqual([])
    },
  )

  it('*.localhost is found at ::1, where 127.0.0.1 has nothing', async () => {
    const provider = await listening((_req, res) => void res.end())
    closing.push(provider.close)
    const { createServer } = await import('node:http')
    const six = createServer((_req, res) => void res.end('at ::1'))
    await new Promise<void>((resolve) => six.listen(0, '::1', resolve))
    closing.push(() => new Promise((resolve) => six.close(resolve)))
    const { port } = six.address() as { port: number }
    expect(await outcome(fetcher()(`http://provider.localhost:${port}`))).toBe('200 at ::1')
  })
})

describe('NO_PROXY', () => {
  let proxy: TestProxy
  beforeAll(async () => {
    proxy = await startProxy()
    proxy.refuses = (socket) => socket.end(raw(200, [], 'by the proxy'))
  })
  afterAll(() => proxy.close())

  it.each<[string, string, boolean]>([
    ['*', 'http://a.example.invalid', true],
    ['example.invalid', 'http://example.invalid', true],
    ['example.invalid', 'http://a.example.invalid', true],
    ['example.invalid', 'http://badexample.invalid', false],
    ['.example.invalid', 'http://a.example.invalid', true],
    ['.example.invalid', 'http://example.invalid', true],
    ['*.example.invalid', 'http://a.example.invalid', true],
    ['EXAMPLE.invalid', 'http://example.INVALID', true],
    ['other.invalid, example.invalid', 'http://example.invalid', true],
    ['other.invalid example.invalid', 'http://example.invalid', true],
    ['example.invalid:8443', 'http://example.invalid:8443', true],
    ['example.invalid:8443', 'http://example.invalid', false],
    ['example.invalid:80', 'http://example.invalid', true],
    ['.example.invalid:8443', 'http://a.example.invalid:8443', true],
    ['bücher.invalid', 'http://bücher.invalid', true],
    ['192.0.2.7', 'http://192.0.2.7:1', true],
    ['192.0.2.7', 'http://192.0.2.77:1', false],
    ['[2001:db8::1]:81', 'http://[2001:db8::1]:81', true],
    ['2001:db8::1', 'http://[2001:db8::1]:81', true],
    ['2001:db8::1', 'http://[2001:db8::2]:81', false],
    ['', 'http://example.invalid', false],
    [',', 'http://example.invalid', false],
  ])('%s: %s goes past the proxy: %s', async (no, url, past) => {
    const found = await outcome(fetcher({ proxy: { http: proxy.url, https: null, no } })(url, { timeout: 300 }))
    expect(found === '200 by the proxy').toBe(!past)
  })
})

describe('a proxy that does not do its work', () => {
  const unused = 'http://127.0.0.1:9'
  const through = (address: string) => fetcher({ proxy: { http: address, https: address, no: null } })

  it.each(['http', 'https'])(
    'is named with its setting when it is down (%s) (keycloak/keycloak#16400)',
    async (scheme) => {
      await expect(through(unused)(`${scheme}://provider.test/x`)).rejects.toMatchObject({
        code: 'provider_unreachable',
        message: `The proxy 127.0.0.1:9 (${scheme.toUpperCase()}_PROXY) does not work: nothing listens there.`,
        unsent: true,
        hint: expect.stringMatching(new RegExp(`${scheme.toUpperCase()}_PROXY.*provider\\.test.*NO_PROXY`)),
      })
    },
  )

  it.each(['http', 'https'])('is named when it wants a password (%s), which is never shown', async (scheme) => {
    const proxy = await startProxy()
    closing.push(proxy.close)
    proxy.refuses = (socket) => socket.end(raw(407, ['proxy-authenticate: Basic realm="p"'], '<h1>who are you</h1>'))
    const wrong = through(proxy.url.replace('//', '//me:hunter2%zz@'))(`${scheme}://provider.test/x`)
    const error = await wrong.then(
      () => null,
      (failed) => failed,
    )
    expect(error).toMatchObject({
      code: 'provider_unreachable',
      message: expect.stringContaining(`${scheme.toUpperCase()}_PROXY) needs a user name and a password`),
    })
    expect(JSON.stringify([error.message, error.hint])).not.toContain('hunter2')
    expect(proxy.asked[0]).toContain(`Basic ${Buffer.from('me:hunter2%zz').toString('base64')}`)
  })

  it.each([301, 400, 403, 404, 405, 500, 502, 503])('is named when it refuses the tunnel with %i', async (status) => {
    const proxy = await startProxy()
    closing.push(proxy.close)
    proxy.refuses = (socket) => socket.end(raw(status, [], '{"refresh_token":"EVIL"}'))
    await expect(through(proxy.url)('https://provider.test/x')).rejects.toMatchObject({
      code: 'provider_unreachable',
      message: `The proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY) does not connect to provider.test: it answered ${status}.`,
    })
  })

  it.each<[string, RawAnswer]>([
    ['hangs up', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['talks nonsense', (socket) => socket.end('nonsense\r\n\r\n')],
    ['says 101', (socket) => socket.end('HTTP/1.1 101 Changed\r\n\r\n')],
    ['says 100', (socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n')],
  ])('is named when it %s', async (_what, refuses) => {
    const proxy = await startProxy()
    closing.push(proxy.close)
    proxy.refuses = (socket, head) => refuses(socket, '', head)
    const answer = through(proxy.url)('https://provider.test/x', { timeout: 1_000 })
    await expect(answer).rejects.toMatchObject({
      code: 'provider_unreachable',
      message: expect.stringContaining('HTTPS_PROXY'),
    })
  })

  it.each(['http', 'https'])('keeps no connection open when it never answers (%s)', async (scheme) => {
    const proxy = await startProxy()
    closing.push(proxy.close)
    proxy.refuses = () => {}
    await expect(through(proxy.url)(`${scheme}://provider.test/x`, { timeout: 200 })).rejects.toMatchObject({
      code: 'provider_timeout',
      message: expect.stringContaining(`${scheme.toUpperCase()}_PROXY`),
    })
    await proxy.allClosed()
  })
})

describeWith(lacking('openssl'), 'TLS faults', () => {
  beforeAll(() => {
    certificate ??= makeCertificate('provider.test')
  })

  it('say "speaks no TLS there" where https meets plain http', async () => {
    const proxy = await startProxy()
    const plain = await listening((_req, res) => void res.end())
    closing.push(proxy.close, plain.close)
    const throughIt = fetcher({ proxy: { http: proxy.url, https: proxy.url, no: null } })
    for (const answer of [
      fetcher()(`https://127.0.0.1:${plain.port}`),
      throughIt(`https://provider.test:${plain.port}`),
    ]) {
      await expect(answer).rejects.toMatchObject({
        code: 'provider_unreachable',
        message: expect.stringContaining('speaks no TLS there'),
        unsent: true,
        hint: expect.stringContaining('http://'),
      })
    }
  })

  it('name the proxy where its own certificate is not trusted, and OAUTH2_CA_FILE as the cure', async () => {
    const proxy = await startProxy(certificate)
    const provider = await listening((_req, res) => void res.end('here'))
    closing.push(proxy.close, provider.close)
    const settings = { http: proxy.url, https: proxy.url, no: null }
    for (const scheme of ['http', 'https']) {
      await expect(fetcher({ proxy: settings })(`${scheme}://provider.test`)).rejects.toMatchObject({
        code: 'provider_untrusted',
        message: expect.stringMatching(/^The certificate of the proxy .*self-signed/),
        hint: expect.stringContaining('OAUTH2_CA_FILE'),
      })
    }
    const trusting = fetcher({ ca: certificate.cert, proxy: settings })
    expect(await outcome(trusting(`http://provider.test:${provider.port}`))).toBe('200 here')
  })

  it('say that the connection was cut, where it is cut before TLS began', async () => {
    const server = await startRawServer((socket) => socket.destroy())
    closing.push(server.close)
    const cut = await listening((_req, res) => void res.end())
    cut.server.on('connection', (socket) => socket.destroy())
    closing.push(cut.close)
    await expect(fetcher()(`https://127.0.0.1:${cut.port}`)).rejects.toMatchObject({
      code: 'provider_unreachable',
      unsent: true,
    })
  })

  it('end where OAUTH2_CA_FILE and NODE_EXTRA_CA_CERTS each name an authority: both are trusted', async () => {
    const other = makeCertificate()
    const urls = await Promise.all(
      [certificate, other].map(async ({ key, cert }) => {
        const started = await listening(createTlsServer({ key, cert }, (_req, res) => void res.end('trusted')))
        closing.push(started.close)
        return `https://127.0.0.1:${started.port}`
      }),
    )
    const program = `
      const { createFetch } = await import('./dist/provider/http.js')
      const { readFileSync } = await import('node:fs')
      const ca = readFileSync(process.argv[1], 'utf8')
      const { fetch, close } = createFetch({ ca, proxy: { http: null, https: null, no: null } })
      for (const url of process.argv.slice(2)) console.log(await (await fetch(url)).text())
      await close()`
    // Node reads NODE_EXTRA_CA_CERTS once, when it starts.
    const { execFile } = await import('node:child_process')
    const printed = await new Promise((resolve, reject) =>
      execFile(
        process.execPath,
        ['--input-type=module', '-e', program, certificate.certFile, ...urls],
        { env: { ...process.env, NODE_EXTRA_CA_CERTS: other.certFile } },
        (error, stdout) => (error ? reject(error) : resolve(stdout)),
      ),
    )
    expect(printed).toBe('trusted\ntrusted\n')
  })
})

describe('the end of the process', () => {
  it('ends what is under way, and refuses what comes after', async () => {
    const hanging = await listening(() => {})
    closing.push(hanging.close)
    const http = createFetch({ ca: null, proxy: NO_PROXY })
    const answer = outcome(http.fetch(hanging.url))
    await new Promise((resolve) => hanging.server.once('request', resolve))
    await http.close()
    expect(await answer).toBe('provider_unreachable')
    expect(await outcome(http.fetch(hanging.url))).toBe('provider_unreachable')
  })
})

describeWith(lacking('openssl'), "a company's own certificate authority", () => {
  let folder: string
  let ca: string
  let url: string
  let close: () => Promise<void>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ca-'))
    const file = (name: string) => join(folder, name)
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=Company',
      '-keyout',
      file('ca.key'),
      '-out',
      file('ca.pem'),
    )
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=provider',
      '-keyout',
      file('key'),
      '-out',
      file('csr'),
    )
    writeFileSync(file('ext'), 'subjectAltName=IP:127.0.0.1')
    openssl(
      'x509',
      '-req',
      '-in',
      file('csr'),
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      file('ext'),
      '-out',
      file('cert'),
    )
    ca = readFileSync(file('ca.pem'), 'utf8')
    const server = createTlsServer(
      { key: readFileSync(file('key')), cert: readFileSync(file('cert')) },
      (_req, res) => {
        res.end('trusted')
      },
    )
    const started = await listening(server)
    url = `https://127.0.0.1:${started.port}`
    close = started.close
  })
  afterAll(async () => {
    await close()
    rmSync(folder, { recursive: true })
  })

  it('is trusted when its file is named', async () => {
    expect(await (await fetcher({ ca })(url)).text()).toBe('trusted')
  })

  it('is not trusted otherwise, and the setting to mend it is named', async () => {
    await expect(fetcher()(url)).rejects.toMatchObject({
      code: 'provider_untrusted',
      hint: expect.stringContaining('OAUTH2_CA_FILE'),
    })
  })

  it('does not make another host name right', async () => {
    await expect(fetcher({ ca })(url.replace('127.0.0.1', 'localhost'))).rejects.toMatchObject({
      code: 'provider_untrusted',
      message: expect.stringContaining('another host name'),
    })
  })
})
