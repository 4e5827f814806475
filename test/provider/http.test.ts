import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createFetch, type HttpOptions, type ProviderFetch } from '../../server/provider/http.js'
import { listening } from '../support/listening.js'
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

describe('a proxy in between', () => {
  it('is asked for what is not in NO_PROXY, and not for what is', async () => {
    const tunnels: string[] = []
    const proxy = await listening((req, res) => {
      tunnels.push(req.url as string)
      res.end('by the proxy')
    })
    proxy.server.on('connect', (req, socket) => {
      tunnels.push(req.url as string)
      const [host, port] = (req.url as string).split(':')
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      onward.on('error', () => socket.destroy())
      socket.on('error', () => onward.destroy())
    })
    const provider = await listening((_req, res) => void res.end('by the provider'))
    closing.push(proxy.close, provider.close)

    const through = fetcher({ proxy: { http: proxy.url, https: proxy.url, no: 'other.test' } })
    await through(provider.url)
    expect(tunnels.join()).toContain(String(provider.port))

    tunnels.length = 0
    const past = fetcher({ proxy: { http: proxy.url, https: proxy.url, no: '127.0.0.1' } })
    expect(await (await past(provider.url)).text()).toBe('by the provider')
    expect(tunnels).toEqual([])
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
