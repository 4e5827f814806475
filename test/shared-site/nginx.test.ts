import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { freePort } from '../support/free-port.js'
import { type Redis, startRedis } from '../support/redis.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { Colleague, type Replica, siteEnv, startProcess } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { inFrontOf } from '../support/trusting.js'
import { until } from '../support/wait.js'
import { blocks } from './page/blocks.js'

describeWith(lacking('nginx', 'redis-server', 'openssl'), 'nginx with the lines of docs/shared-site.md', () => {
  let certificate: Certificate
  let provider: RotatingProvider
  let redis: Redis
  let replicas: Replica[]
  let port: number

  beforeAll(async () => {
    certificate = makeCertificate()
    provider = await startRotatingProvider(certificate)
    redis = await startRedis()
    port = await freePort()
    // Not https's own port: a proxy that drops it from Host is found out.
    const env = siteEnv({
      provider,
      certificate,
      redisUrl: redis.url,
      env: { BASE_URL: `https://mint.test:${port}` },
    })
    replicas = await Promise.all([startProcess(env), startProcess(env)])
  }, 60_000)
  afterAll(async () => {
    await Promise.all(replicas.map(({ process, end }) => process.exitCode === null && end('SIGKILL')))
    await Promise.all([redis.stop(), provider.close()])
  })

  /** Runs nginx until `work` has ended. */
  async function withNginx(change: (lines: string) => string, work: (visitor: Colleague) => Promise<void>) {
    const folder = mkdtempSync(join(tmpdir(), 'nginx-'))
    const lines = blocks().find(({ language }) => language === 'nginx')?.text ?? ''
    const here = change(lines)
      .replace('127.0.0.1:3001', `127.0.0.1:${replicas[0]?.port}`)
      .replace('127.0.0.1:3002', `127.0.0.1:${replicas[1]?.port}`)
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replace('/etc/nginx/mint.pem', certificate.certFile)
      .replace('/etc/nginx/mint.key', certificate.keyFile)
      .replace('mint.example.org', 'mint.test')
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (what) => `${what}_temp_path ${join(folder, what)};`,
    )
    const http = `http {\naccess_log off;\n${temporary.join('\n')}\n${here}\n}`
    writeFileSync(join(folder, 'nginx.conf'), `daemon off;\npid ${folder}/pid;\nevents {}\n${http}\n`)
    const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', join(folder, 'errors')], { stdio: 'ignore' })
    // A visitor forges what only the proxy may say.
    const forged = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http' }
    const browser = await inFrontOf({ port, host: 'mint.test', ca: certificate.cert, servername: 'localhost' }, forged)
    try {
      const visitor = new Colleague(browser, provider, 'ann')
      await until('nginx answers', async () => (await visitor.get('/healthz')).status !== 502)
      await work(visitor)
    } finally {
      nginx.kill('SIGTERM')
      await once(nginx, 'exit')
      await browser.close()
    }
  }

  it('passes Host on with its port, no forged address, and goes to the other replica when one is gone', async () => {
    await withNginx(
      (lines) => lines,
      async (visitor) => {
        expect((await visitor.come()).status).toBe(303)
        await replicas[0]?.end('SIGKILL')
        for (let times = 0; times < 6; times += 1) expect((await visitor.json('get', '/profile')).status).toBe(200)
        expect((await visitor.json('post', '/auth/refresh')).status).toBe(200)
        const audit = () => replicas[1]?.log().find(({ msg, event }) => msg === 'audit' && event === 'refresh')
        await until('the refresh is logged', audit)
        expect(audit()).toMatchObject({ address: '127.0.0.1' })
      },
    )
  }, 60_000)

  it('would be refused without the line for Host', async () => {
    const withoutPort = (lines: string) => lines.replace('$http_host', '$host')
    await withNginx(withoutPort, async (visitor) => expect((await visitor.get('/')).status).toBe(421))
  }, 60_000)
})
