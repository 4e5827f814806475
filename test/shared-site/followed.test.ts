import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Browserless, browserlessSignIn } from '../support/browserless-sign-in.js'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { freePort } from '../support/free-port.js'
import { CLIENTS, KEYCLOAK_START, type Keycloak, startKeycloak, USERS } from '../support/keycloak.js'
import type { Listening } from '../support/listening.js'
import { type Replica, startProcess } from '../support/site.js'
import { describeWith, lacking, lackingJava } from '../support/tools.js'
import { inFrontOf, trustingFetch } from '../support/trusting.js'
import { Visitor } from '../support/visitor.js'
import { until } from '../support/wait.js'
import { blocks } from './page/blocks.js'
import { type Followed, followPage, NEEDS, type Yaml } from './page/follow.js'

const EXAMPLE = {
  siteHost: 'mint.test',
  issuer: 'https://keycloak.test/realms/r',
  clientId: 'sensor',
  clientSecret: "it's secret",
}

describeWith(lacking(...NEEDS, 'redis-server', 'redis-cli'), 'docs/shared-site.md, its commands', () => {
  let page: Followed
  const find = (kind: string, name?: string): Yaml =>
    page.manifests.find((one) => one.kind === kind && (name === undefined || one.metadata.name === name))

  beforeAll(() => {
    page = followPage(EXAMPLE)
  }, 180_000)

  it('run from the top to the end', () => {
    expect(page.ran).toEqual(
      blocks()
        .filter(({ language }) => language === 'sh')
        .map(({ text }) => text),
    )
    expect(page.ran.length).toBeGreaterThanOrEqual(7)
  })

  it('deploy on Kubernetes the image that they built and pushed', () => {
    const { image } = find('Deployment').spec.template.spec.containers[0]
    expect(page.docker).toEqual([`build -t ${image} .`, `push ${image}`])
    expect(page.project.services['app-1'].image).toBe(image.replace(/^.*\/|:.*$/g, ''))
  })

  it('give the app the same settings with Compose and on Kubernetes', () => {
    const own = find('Deployment').spec.template.spec.containers[0].env.map(({ name }: Yaml) => name)
    const kubernetes = new Set([...own, ...Object.keys(find('ConfigMap').data)])
    expect(kubernetes).toEqual(new Set(Object.keys(page.project.services['app-1'].environment)))
  })

  it('pin every image by its digest, and what is pinned can be read again', () => {
    const pinned = (file: string) => [
      ...readFileSync(join(page.folder, file), 'utf8').matchAll(/(?:FROM|image:) (\S+)/g),
    ]
    const images = ['Dockerfile', 'deploy/compose/compose.yaml', 'deploy/kubernetes/redis.yaml'].flatMap(pinned)
    const tagged = images.map(([, image]) => image ?? '').filter((image) => image !== 'offline-token-mint')
    expect(tagged.length).toBe(5)
    for (const image of tagged) expect(image).toMatch(/^[a-z]+:[\w.-]+@sha256:[\da-f]{64}$/)
    const { status } = spawnSync('kubectl', ['kustomize', join(page.folder, 'deploy/kubernetes')])
    expect(status).toBe(0)
  })

  it('give Redis the one user that the page shows, with the hash of the password', () => {
    const shown = blocks()
      .find(({ text }) => text.includes('user mint'))
      ?.text.trim()
    const file = secretOf(page.secret).redis_users ?? ''
    const [, hash = ''] = /#([\da-f]{64}) /.exec(file) ?? []
    expect(file.split('\n')).toContain(shown?.replace('SHA256_OF_THE_PASSWORD', hash))
  })

  it('have the password of Redis on no command line, and Redis tells a stranger nothing but that it lives', async () => {
    const { services, secrets } = page.project
    const [, password = 'no password'] = /:([\da-f]{64})@/.exec(services['app-1'].environment.REDIS_URL) ?? []
    expect(secretOf(page.secret).redis_url).toMatch(/:[\da-f]{64}@redis:6379$/)
    const redis = await startDocumentedRedis(services.redis.command.map(withFilesOf(secrets)))
    expect(redis.ask(['redis-cli', '--user', 'mint', '--pass', password, '--no-auth-warning', 'get', 'otm:x'])).toEqual(
      [0, '\n'],
    )
    expect(JSON.stringify(services.redis)).not.toContain(password)
    const [, ...healthcheck] = services.redis.healthcheck.test
    expect(redis.ask(healthcheck)).toEqual([0, 'PONG\n'])
    for (const command of ['get otm:x', 'acl list', 'config get *', 'flushall']) {
      expect(redis.ask(['redis-cli', '-e', ...command.split(' ')])).toEqual([1, expect.stringContaining('NOPERM')])
    }
    await redis.stop()
  })

  it('start Redis and the app on Kubernetes with the secret that they made', async () => {
    const secrets = secretOf(page.secret)
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'))
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value)
    const here = (text: string) => text.replace('/run/secrets', folder).replace(/^\/data$/, folder)
    const [redisContainer] = find('StatefulSet').spec.template.spec.containers
    const redis = await startDocumentedRedis([...redisContainer.command, ...redisContainer.args.map(here)], folder)
    expect(redis.ask(redisContainer.readinessProbe.exec.command)).toEqual([0, 'PONG\n'])
    expect(redis.ask(['redis-cli', '-e', 'get', 'otm:x'])[0]).not.toBe(0)

    const [app] = find('Deployment').spec.template.spec.containers
    const mounted = find('Deployment').spec.template.spec.volumes[0].secret.items.map(({ path }: Yaml) => path)
    const own = app.env.map(({ name, value, valueFrom }: Yaml) => {
      if (value !== undefined) expect(mounted).toContain(value.replace('/run/secrets/', ''))
      return [name, value === undefined ? secrets[valueFrom.secretKeyRef.key] : here(value)]
    })
    const env = { ...find('ConfigMap').data, ...Object.fromEntries(own) }
    env.REDIS_URL = env.REDIS_URL.replace('@redis:6379', `@127.0.0.1:${redis.port}`)
    const replica = await startProcess(env)
    expect(replica.printed()).toContain('is ready')
    await replica.end('SIGKILL')

    const unfilled = readFileSync(new URL('../../deploy/kubernetes/settings.env', import.meta.url), 'utf8')
    const [, placeholder = ''] = /^TRUST_PROXY=(.*)$/m.exec(unfilled) ?? []
    const refused = await startProcess({ ...env, TRUST_PROXY: placeholder })
    expect([refused.process.exitCode, refused.printed()]).toEqual([1, expect.stringContaining('TRUST_PROXY')])
    await redis.stop()
  }, 60_000)
})

describeWith(
  lacking(...NEEDS, 'redis-server', 'redis-cli', 'caddy') ?? lackingJava(),
  'docs/shared-site.md, followed to a site with Caddy, two replicas, Redis, and a Keycloak behind TLS',
  () => {
    const host = 'mint.test'
    let certificate: Certificate
    let keycloak: Keycloak
    let page: Followed
    let redis: Awaited<ReturnType<typeof startDocumentedRedis>>
    let replicas: Replica[]
    let caddy: ChildProcess
    let browser: Listening
    let visitor: Visitor
    let callback: string

    beforeAll(async () => {
      certificate = makeCertificate()
      const [port, keycloakPort] = [await freePort(), await freePort()]
      callback = `https://${host}:${port}/auth/oauth2/callback`
      keycloak = await startKeycloak('26.7.2', {
        redirectUris: [callback],
        server: [
          `--hostname=https://localhost:${keycloakPort}`,
          `--https-port=${keycloakPort}`,
          `--https-certificate-file=${certificate.certFile}`,
          `--https-certificate-key-file=${certificate.keyFile}`,
        ],
      })
      page = followPage({
        siteHost: `${host}:${port}`,
        issuer: `https://localhost:${keycloakPort}/realms/${keycloak.realm.name}`,
        clientId: CLIENTS.sensor.clientId,
        clientSecret: CLIENTS.sensor.secret,
      })
      const { services, secrets } = page.project
      const here = withFilesOf(secrets)
      redis = await startDocumentedRedis(services.redis.command.map(here))
      replicas = await Promise.all(
        ['app-1', 'app-2'].map((name) => {
          const given = Object.entries<string>(services[name].environment)
          const env = Object.fromEntries(given.map(([key, value]) => [key, here(value)]))
          env.REDIS_URL = env.REDIS_URL?.replace('@redis:6379', `@127.0.0.1:${redis.port}`) ?? ''
          return startProcess({ ...env, TRUST_PROXY: '127.0.0.1', OAUTH2_CA_FILE: certificate.certFile })
        }),
      )
      const upstreams = services.caddy.environment.UPSTREAMS.replace(
        /app-(\d):3000/g,
        (_: string, number: string) => `127.0.0.1:${replicas[Number(number) - 1]?.port}`,
      )
      const started = await startDocumentedCaddy(page.folder, { ...services.caddy.environment, UPSTREAMS: upstreams })
      caddy = started.caddy
      // A visitor forges the headers that only the proxy may set.
      const forged = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.test' }
      browser = await inFrontOf({ port, host, ca: started.authority }, forged)
      visitor = new Visitor(browser)
    }, KEYCLOAK_START + 120_000)

    afterAll(async () => {
      caddy?.kill('SIGKILL')
      await Promise.all(replicas?.map(({ process, end }) => process.exitCode === null && end('SIGKILL')) ?? [])
      await Promise.all([browser?.close(), redis?.stop(), keycloak?.stop()])
    })

    it('signs in, tests the token, and refreshes it on the replica that is left when the other stops', async () => {
      await until('the site is ready', async () => (await visitor.get('/readyz')).status === 200)
      const start = await visitor.get('/auth/oauth2')
      const back = await browserlessSignIn({
        authorizationUrl: start.headers.get('location') ?? '',
        redirectUri: callback,
        browser: new Browserless(callback, trustingFetch(certificate.cert)),
        ...USERS.alice,
      })
      expect(back.origin).toBe(new URL(callback).origin)
      expect(await visitor.get(back.pathname + back.search)).toMatchObject({ status: 303 })

      const json = { accept: 'application/json' }
      const tested = await visitor.post('/auth/prove', {}, json)
      expect(tested).toMatchObject({ status: 200, json: { verdict: 'reusable' } })
      expect(await replicas[0]?.end('SIGTERM')).toBe(0)
      for (let times = 0; times < 10; times += 1) expect((await visitor.get('/profile', json)).status).toBe(200)
      expect(await visitor.post('/auth/refresh', {}, json)).toMatchObject({ status: 200 })

      const audited = (event: string) => replicas.flatMap((one) => one.log()).find((line) => line.event === event)
      await until('the refresh is logged', () => audited('refresh'))
      expect(audited('sign_in')).toMatchObject({ address: '127.0.0.1', outcome: 'ok' })
    }, 90_000)
  },
)

/** The values of a Secret, as text. */
function secretOf({ data }: Yaml): Record<string, string> {
  const decoded = Object.entries<string>(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()])
  return Object.fromEntries(decoded)
}

/** Puts the files that a Compose file names in the place where a container sees them. */
const withFilesOf =
  (secrets: Yaml) =>
  (text: string): string =>
    Object.entries<Yaml>(secrets).reduce((all, [name, { file }]) => all.replace(`/run/secrets/${name}`, file), text)

/** redis-server with the arguments of a Compose file or a manifest, on a free port of 127.0.0.1. */
async function startDocumentedRedis([program = '', ...args]: string[], folder = mkdtempSync(join(tmpdir(), 'redis-'))) {
  const port = await freePort()
  const server = spawn(program, [...args, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder], {
    stdio: 'ignore',
  })
  /** Runs redis-cli there: its exit code and what it printed. */
  const ask = ([command = '', ...rest]: string[]): [number | null, string] => {
    const { status, stdout, stderr } = spawnSync(command, ['-p', String(port), ...rest], { encoding: 'utf8' })
    return [status, stdout + stderr]
  }
  await until('Redis answers', () => ask(['redis-cli', 'ping'])[1] === 'PONG\n')
  const stop = async () => {
    if (server.exitCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  return { port, ask, stop }
}

/** Caddy with the page's Caddyfile on 127.0.0.1. Its own authority replaces a public one. */
async function startDocumentedCaddy(folder: string, env: Record<string, string>) {
  const state = mkdtempSync(join(tmpdir(), 'caddy-'))
  const options = ['admin off', 'local_certs', 'skip_install_trust', 'default_bind 127.0.0.1']
  const here = [...options, `http_port ${await freePort()}`, `storage file_system ${state}`].join('\n')
  const caddyfile = readFileSync(join(folder, 'deploy/compose/Caddyfile'), 'utf8')
  writeFileSync(join(state, 'Caddyfile'), `{\n${here}\n}\n${caddyfile}`)
  const caddy = spawn('caddy', ['run', '--config', 'Caddyfile'], {
    cwd: state,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  const authority = join(state, 'pki/authorities/local/root.crt')
  await until('Caddy has made its authority', () => existsSync(authority))
  return { caddy, authority: readFileSync(authority, 'utf8') }
}
