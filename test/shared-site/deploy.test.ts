import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../../server/config/config.js'
import { makeCertificate } from '../support/certificate.js'
import { freePort } from '../support/free-port.js'
import { listening } from '../support/listening.js'
import { startRedis } from '../support/redis.js'
import { startRotatingProvider } from '../support/rotating-provider.js'
import { Colleague, siteEnv, startProcess } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause } from '../support/wait.js'

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url))
/** Whatever secret file the settings name. */
const readFile = () => 'a secret that is long enough to be taken by anybody'

// biome-ignore lint/suspicious/noExplicitAny: YAML of any shape
type Yaml = any

describe('deploy/compose', () => {
  const compose: Yaml = parse(readFileSync(join(DEPLOY, 'compose/compose.yaml'), 'utf8'), { merge: true })
  const example = readFileSync(join(DEPLOY, 'compose/.env.example'), 'utf8')

  it('asks in .env for every value that it needs, and for no other', () => {
    const asked = [...example.matchAll(/^([A-Z_\d]+)=/gm)].map(([, name]) => name)
    const used = JSON.stringify(compose).matchAll(/\$\{([A-Z_\d]+)/g)
    expect(new Set([...used].map(([, name]) => name))).toEqual(new Set(asked))
  })

  it('gives each replica settings that the app takes, for a shared site with Redis behind one proxy', () => {
    for (const name of ['app-1', 'app-2']) {
      const { environment } = compose.services[name]
      const filled = Object.entries<string>(environment).map(([key, value]) => [
        key,
        value.replace(/\$\{(\w+)[^}]*\}/g, (_, wanted) =>
          wanted === 'OAUTH2_ISSUER' ? 'https://idp.test' : 'mint.test',
        ),
      ])
      const config = loadConfig({ HOST: '0.0.0.0', ...Object.fromEntries(filled) }, { readFile })
      expect(config).toMatchObject({ shared: true, showClientSecret: false, sessionSecretGiven: true })
      expect(config.redisUrl).toBe('redis://:mint.test@redis:6379')
      expect(config.trustProxy).toEqual([compose.services.caddy.networks.front.ipv4_address])
    }
  })

  it('runs the app with nothing to write to and no rights, and shows Redis to nobody', () => {
    const { services, networks } = compose
    expect(services['app-1']).toMatchObject({ read_only: true, cap_drop: ['ALL'], stop_grace_period: '20s' })
    expect(services.redis.ports).toBeUndefined()
    expect([services.redis.networks, networks.back.internal]).toEqual([['back'], true])
  })
})

describeWith(lacking('kubectl'), 'deploy/kubernetes', () => {
  const built = (folder: string): Yaml[] =>
    parseAllDocuments(execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' })).map((one) => one.toJS())
  const find = (all: Yaml[], kind: string, name?: string): Yaml =>
    all.find((one) => one.kind === kind && (name === undefined || one.metadata.name === name))

  it('puts the name of the site everywhere it must stand, from one line of the settings', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'))
    cpSync(join(DEPLOY, 'kubernetes'), folder, { recursive: true })
    const settings = readFileSync(join(folder, 'settings.env'), 'utf8')
    writeFileSync(join(folder, 'settings.env'), settings.replace(/BASE_URL=.*/, 'BASE_URL=https://tokens.example.net'))
    const all = built(folder)
    const [app] = find(all, 'Deployment').spec.template.spec.containers
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect(app[probe].httpGet.httpHeaders).toEqual([{ name: 'Host', value: 'tokens.example.net' }])
    }
    const { rules, tls } = find(all, 'Ingress').spec
    expect([rules[0].host, tls[0].hosts]).toEqual(['tokens.example.net', ['tokens.example.net']])
  })

  it('gives the app settings that it takes, its secrets as files, and Redis as Redis expects it', () => {
    const all = built(join(DEPLOY, 'kubernetes'))
    const [app] = find(all, 'Deployment').spec.template.spec.containers
    const own = Object.fromEntries(app.env.map(({ name, value }: Yaml) => [name, value ?? 'password']))
    const { data } = find(all, 'ConfigMap')
    expect(app.envFrom[0].configMapRef.name).toBe(find(all, 'ConfigMap').metadata.name)
    own.REDIS_URL = own.REDIS_URL.replace('$(REDIS_PASSWORD)', own.REDIS_PASSWORD)
    const config = loadConfig({ HOST: '0.0.0.0', ...data, ...own }, { readFile })
    expect(config).toMatchObject({ shared: true, redisUrl: 'redis://:password@redis:6379', sessionSecretGiven: true })
    const { items } = find(all, 'Deployment').spec.template.spec.volumes[0].secret
    const [{ mountPath }] = app.volumeMounts
    for (const name of ['SESSION_SECRET_FILE', 'OAUTH2_CLIENT_SECRET_FILE']) {
      expect(items.map(({ path }: Yaml) => join(mountPath, path))).toContain(own[name])
    }
    expect(find(all, 'Service', 'redis').spec.selector).toEqual({ app: 'redis' })
  })

  it('runs everything as nobody in particular, with a read-only root, and ends it later than the app takes to end', () => {
    const all = built(join(DEPLOY, 'kubernetes'))
    for (const kind of ['Deployment', 'StatefulSet']) {
      const { spec } = find(all, kind).spec.template
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const { securityContext } of spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
      }
    }
    const { terminationGracePeriodSeconds, containers } = find(all, 'Deployment').spec.template.spec
    const notice = Number(containers[0].lifecycle.preStop.exec.command[1])
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(notice + 15)
  })
})

describeWith(lacking('caddy', 'redis-server', 'openssl'), 'deploy/compose/Caddyfile in a real Caddy', () => {
  it('leads to two replicas over HTTPS, passes over one that is killed, and forges nothing', async () => {
    const certificate = makeCertificate()
    const [redis, provider] = await Promise.all([startRedis(), startRotatingProvider(certificate)])
    const [port, httpPort] = [await freePort(), await freePort()]
    const site = `mint.test:${port}`
    const env = siteEnv({ provider, certificate, redisUrl: redis.url, env: { BASE_URL: `https://${site}` } })
    const replicas = await Promise.all([startProcess(env), startProcess(env)])

    const folder = mkdtempSync(join(tmpdir(), 'caddy-'))
    const options = [
      'admin off',
      'local_certs',
      'skip_install_trust',
      'default_bind 127.0.0.1',
      `http_port ${httpPort}`,
    ]
    const caddyfile = readFileSync(join(DEPLOY, 'compose/Caddyfile'), 'utf8')
    writeFileSync(join(folder, 'Caddyfile'), `{\n${options.join('\n')}\nstorage file_system ${folder}\n}\n${caddyfile}`)
    const caddy = spawn('caddy', ['run', '--config', 'Caddyfile'], {
      cwd: folder,
      env: {
        ...process.env,
        SITE_HOST: site,
        UPSTREAMS: replicas.map((replica) => `127.0.0.1:${replica.port}`).join(' '),
      },
      stdio: 'ignore',
    })
    const root = join(folder, 'pki/authorities/local/root.crt')
    while (!existsSync(root)) await pause(50)

    // What a browser does that knows mint.test and trusts Caddy.
    const browser = await listening(
      createServer((req, res) => {
        const asked = { host: '127.0.0.1', port, servername: 'mint.test', ca: readFileSync(root) }
        const forged = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http' }
        const headers = { ...req.headers, ...forged, host: site }
        const onward = request({ ...asked, path: req.url, method: req.method, headers }, (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(res)
        })
        onward.on('error', () => res.writeHead(502).end())
        req.pipe(onward)
      }),
    )
    const visitor = new Colleague(browser, provider, 'ann')
    for (let tries = 0; tries < 100 && (await visitor.get('/readyz')).status !== 200; tries += 1) await pause(100)
    expect((await visitor.come()).status).toBe(303)
    expect((await visitor.get('/')).headers.get('strict-transport-security')).toContain('max-age')
    for (let times = 0; times < 4; times += 1) expect((await visitor.json('get', '/profile')).status).toBe(200)
    await replicas[0]?.end('SIGKILL')
    for (let times = 0; times < 20; times += 1) expect((await visitor.json('get', '/profile')).status).toBe(200)
    const refreshed = await visitor.json('post', '/auth/refresh')
    expect([refreshed.status, provider.lives(refreshed.json.refresh_token)]).toEqual([200, true])
    const audit = () => replicas[1]?.log().find(({ msg, event }) => msg === 'audit' && event === 'refresh')
    // Lines go out in bunches.
    while (!audit()) await pause(50)
    expect(audit()).toMatchObject({ address: '127.0.0.1' })

    caddy.kill('SIGTERM')
    await once(caddy, 'exit')
    await Promise.all([replicas[1]?.end('SIGKILL'), browser.close(), provider.close(), redis.stop()])
  }, 60_000)
})
