import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../../server/config/config.js'
import { makeCertificate } from '../support/certificate.js'
import { freePort } from '../support/free-port.js'
import { startRedis } from '../support/redis.js'
import { startRotatingProvider } from '../support/rotating-provider.js'
import { Colleague, siteEnv, startProcess } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { inFrontOf } from '../support/trusting.js'
import { pause } from '../support/wait.js'

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url))

/** Any secret file that the settings name. */
const readFile = () => 'a secret of thirty-two characters or more'

// biome-ignore lint/suspicious/noExplicitAny: YAML of any shape
type Yaml = any

/** What every container runs without. */
const CONFINED = { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] }

/** How Redis refuses a new session before its memory ends it, or an old session is dropped. */
const REFUSES = /--maxmemory 256mb --maxmemory-policy noeviction/

/** Seconds that a replica may take to end, counted from the signal: notice, 35 s to finish, and closing. */
const ENDS_WITHIN = 40

/** A token test may take 55 s; a proxy must wait longer. */
const PROXIES_WAIT = 90

describe('deploy/compose', () => {
  const compose: Yaml = parse(readFileSync(join(DEPLOY, 'compose/compose.yaml'), 'utf8'), { merge: true })
  const example = readFileSync(join(DEPLOY, 'compose/.env.example'), 'utf8')
  const seconds = (text: string) => Number(/^(\d+)s$/.exec(text)?.[1])

  it('asks in .env for every value that it needs, and for no other, but for the one that commands make', () => {
    const asked = [...example.matchAll(/^([A-Z_\d]+)=/gm)].map(([, name]) => name)
    const used = JSON.stringify(compose).matchAll(/\$\{([A-Z_\d]+)/g)
    expect(new Set([...used].map(([, name]) => name))).toEqual(new Set([...asked, 'REDIS_URL']))
  })

  it('gives each replica settings that the app takes, for a shared site with Redis behind one proxy', () => {
    const filled = {
      OAUTH2_ISSUER: 'https://idp.test',
      REDIS_URL: 'redis://mint:password@redis:6379',
      SITE_CONTACT: '',
    }
    for (const name of ['app-1', 'app-2']) {
      const given = Object.entries<string>(compose.services[name].environment).map(([key, value]) => [
        key,
        value.replace(/\$\{(\w+)[^}]*\}/g, (_, wanted: keyof typeof filled) => filled[wanted] ?? 'mint.test'),
      ])
      const config = loadConfig({ HOST: '0.0.0.0', ...Object.fromEntries(given) }, { readFile })
      expect(config).toMatchObject({ shared: true, showClientSecret: false, sessionSecretGiven: true })
      expect(config.redisUrl).toBe(filled.REDIS_URL)
      expect(config.trustProxy).toEqual([compose.services.caddy.networks.front.ipv4_address])
    }
  })

  it('runs everything without rights and with nothing to write to, within limits, and shows Redis to no one', () => {
    const { services, networks } = compose
    for (const service of Object.values(services))
      expect(service).toMatchObject({ ...CONFINED, mem_limit: '512m', cpus: 1 })
    const capabilities = Object.entries<Yaml>(services).map(([name, { cap_add }]) => [name, cap_add])
    expect(capabilities.filter(([, added]) => added)).toEqual([['caddy', ['NET_BIND_SERVICE']]])
    expect(services.redis.user).toMatch(/^[1-9]/)
    expect(services.redis.command.join(' ')).toMatch(REFUSES)
    expect(services.redis.ports).toBeUndefined()
    expect([services.redis.networks, networks.back.internal]).toEqual([['back'], true])
  })

  it('waits until a replica has ended, and before that until Caddy has answered', () => {
    for (const name of ['app-1', 'app-2']) {
      expect(seconds(compose.services[name].stop_grace_period)).toBeGreaterThan(ENDS_WITHIN)
    }
    expect(seconds(compose.services.caddy.stop_grace_period)).toBeGreaterThan(55)
    expect(compose.services.caddy.depends_on).toEqual(['app-1', 'app-2'])
  })
})

describe('compose.yaml', () => {
  const { services } = parse(readFileSync(join(DEPLOY, '../compose.yaml'), 'utf8'))

  it('runs everything without rights, the app within limits, and waits until it has ended', () => {
    for (const { cap_drop, security_opt } of Object.values<Yaml>(services)) {
      expect({ cap_drop, security_opt }).toEqual({ cap_drop: CONFINED.cap_drop, security_opt: CONFINED.security_opt })
    }
    expect([services.app.read_only, services.redis.read_only]).toEqual([true, true])
    expect(services.app).toMatchObject({ mem_limit: '512m', cpus: 1 })
    expect(Number.parseInt(services.app.stop_grace_period, 10)).toBeGreaterThan(ENDS_WITHIN)
  })
})

describeWith(lacking('kubectl'), 'deploy/kubernetes', () => {
  const built = (folder: string): Yaml[] =>
    parseAllDocuments(execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' })).map((one) => one.toJS())
  const find = (all: Yaml[], kind: string, name?: string): Yaml =>
    all.find((one) => one.kind === kind && (name === undefined || one.metadata.name === name))

  it('takes the name of the site from one line of the settings', () => {
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

  it('runs everything as a user other than root, with a read-only root, without capabilities and within limits', () => {
    const all = built(join(DEPLOY, 'kubernetes'))
    expect(find(all, 'StatefulSet').spec.template.spec.containers[0].args.join(' ')).toMatch(REFUSES)
    for (const kind of ['Deployment', 'StatefulSet']) {
      const { spec } = find(all, kind).spec.template
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const { securityContext, resources } of spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(resources.limits).toEqual({ cpu: '1', memory: '512Mi' })
      }
    }
  })

  it('ends a replica later than the app takes to end, and waits longer for an answer than a test of a token takes', () => {
    const all = built(join(DEPLOY, 'kubernetes'))
    const { terminationGracePeriodSeconds, containers } = find(all, 'Deployment').spec.template.spec
    const notice = Number(containers[0].lifecycle.preStop.exec.command[1])
    expect(terminationGracePeriodSeconds).toBeGreaterThan(notice + ENDS_WITHIN)
    const { annotations } = find(all, 'Ingress').metadata
    for (const what of ['read', 'send']) {
      expect(annotations[`nginx.ingress.kubernetes.io/proxy-${what}-timeout`]).toBe(String(PROXIES_WAIT))
    }
  })

  it('lets only the ingress reach the app and only the app reach Redis; the app reaches DNS, Redis and 443', () => {
    const all = built(join(DEPLOY, 'kubernetes'))
    const [app, redis] = ['offline-token-mint', 'redis'].map((name) => find(all, 'NetworkPolicy', name).spec)
    expect([app.policyTypes, redis.policyTypes]).toEqual([
      ['Ingress', 'Egress'],
      ['Ingress', 'Egress'],
    ])
    expect(app.ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }],
        ports: [{ port: 'http' }],
      },
    ])
    expect(redis.ingress).toEqual([
      { from: [{ podSelector: { matchLabels: { app: 'offline-token-mint' } } }], ports: [{ port: 'redis' }] },
    ])
    expect(redis.egress ?? []).toEqual([])
    const ports = app.egress.flatMap((rule: Yaml) => rule.ports.map(({ port }: Yaml) => port))
    expect(ports).toEqual([53, 53, 'redis', 443])
    const podLabels = (kind: string) => find(all, kind).spec.template.metadata.labels
    expect(podLabels('Deployment')).toEqual(app.podSelector.matchLabels)
    expect(podLabels('StatefulSet')).toEqual(app.egress[1].to[0].podSelector.matchLabels)
  })
})

describeWith(lacking('caddy'), 'deploy/compose/Caddyfile as Caddy reads it', () => {
  it('waits longer for an answer than a test of a token takes', () => {
    const file = join(DEPLOY, 'compose/Caddyfile')
    const env = { ...process.env, SITE_HOST: 'mint.test', UPSTREAMS: 'app-1:3000 app-2:3000' }
    const adapted = execFileSync('caddy', ['adapt', '--config', file], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    // In nanoseconds.
    expect(Number(/"response_header_timeout":(\d+)/.exec(adapted)?.[1])).toBe(PROXIES_WAIT * 1e9)
  })
})

describeWith(lacking('caddy', 'redis-server', 'openssl'), 'deploy/compose/Caddyfile in a real Caddy', () => {
  it('reaches two replicas over HTTPS, skips one that is killed, and passes on no forged address', async () => {
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

    const forged = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http' }
    const browser = await inFrontOf({ port, host: 'mint.test', ca: readFileSync(root) }, forged)
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
