import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Balancer, startBalancer } from './balancer.js'
import type { Certificate } from './certificate.js'
import { closeLater } from './closing.js'
import { freePort } from './free-port.js'
import type { RotatingProvider } from './rotating-provider.js'
import { type Answer, Visitor } from './visitor.js'

/** One process of the app, as a team runs several of them. */
export interface Replica {
  port: number
  /** Everything it has printed. */
  printed(): string
  /** The lines of its log, parsed. */
  log(): Record<string, unknown>[]
  process: ChildProcess
  /** Sends a signal and waits for the end; the exit code, or null when it was killed. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** A shared site: replicas behind a balancer. */
export interface Site {
  /** Where the balancer listens; browsers would say `https://mint.test`. */
  url: string
  balancer: Balancer
  replicas: Replica[]
  /** Starts a new process in the place of one that has ended. */
  restart(index: number): Promise<void>
  visitor(name: string): Colleague
  close(): Promise<void>
}

export interface SiteOptions {
  provider: RotatingProvider
  certificate: Certificate
  redisUrl?: string | undefined
  replicas?: number
  env?: Record<string, string>
}

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
export const HOST = 'mint.test'
/** Made up for each run: no shared site takes a secret that this repository prints. */
export const SESSION_SECRET = randomBytes(32).toString('hex')

export function siteEnv({ provider, certificate, redisUrl, env }: SiteOptions): Record<string, string> {
  return {
    BASE_URL: `https://${HOST}`,
    OAUTH2_ISSUER: provider.issuer,
    OAUTH2_CLIENT_ID: provider.clientId,
    OAUTH2_CLIENT_SECRET: provider.clientSecret,
    OAUTH2_CA_FILE: certificate.certFile,
    SESSION_SECRET,
    TRUST_PROXY: '127.0.0.1',
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...env,
  }
}

/**
 * Starts `node dist/main.js` and waits until it says that it is ready, or ends.
 * @param outlives whether it goes on after the test that started it: then whoever starts it must end it
 */
export async function startProcess(env: Record<string, string>, { outlives = false } = {}): Promise<Replica> {
  if (!existsSync(MAIN)) throw new Error('there is no dist/main.js: run "npm run build" first')
  const port = env.PORT ? Number(env.PORT) : await freePort()
  const child = spawn(process.execPath, [MAIN], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', HOST: '127.0.0.1', ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const ended = once(child, 'exit') as Promise<[number | null]>
  const end = async () => {
    child.kill('SIGKILL')
    await ended
  }
  if (!outlives) closeLater(end)
  await new Promise<void>((resolve) => {
    const read = (chunk: Buffer) => {
      text += chunk
      if (text.includes('is ready')) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', resolve)
  })
  return {
    port,
    process: child,
    printed: () => text,
    log: () =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    async end(signal) {
      child.kill(signal)
      const [code] = await ended
      return code
    },
  }
}

export async function startSite(options: SiteOptions): Promise<Site> {
  const env = siteEnv(options)
  const replicas = await Promise.all(Array.from({ length: options.replicas ?? 2 }, () => startProcess(env)))
  for (const replica of replicas) {
    if (replica.process.exitCode !== null) throw new Error(`a replica did not start: ${replica.printed()}`)
  }
  const balancer = await startBalancer(
    HOST,
    replicas.map(({ port }) => port),
  )
  return {
    url: balancer.url,
    balancer,
    replicas,
    async restart(index) {
      const { port } = replicas[index] as Replica
      // The site ends it, not the test in which it was restarted.
      replicas[index] = await startProcess({ ...env, PORT: String(port) }, { outlives: true })
    },
    visitor: (name) => new Colleague({ url: balancer.url }, options.provider, name),
    async close() {
      await balancer.close()
      await Promise.all(replicas.map((replica) => replica.end('SIGKILL')))
    },
  }
}

/** Somebody of the team, at a machine of their own. */
export class Colleague extends Visitor {
  static count = 0
  readonly name: string
  /** Where the balancer is to lead: the place of a replica, or in turn. */
  replica: number | null = null
  readonly #provider: RotatingProvider
  readonly #address: string

  constructor(app: { url: string }, provider: RotatingProvider, name: string) {
    super(app)
    Colleague.count += 1
    this.#address = `10.0.${Math.floor(Colleague.count / 250)}.${Colleague.count % 250}`
    this.#provider = provider
    this.name = name
  }

  override request(path: string, init: RequestInit): Promise<Answer> {
    return super.request(path, { ...init, headers: { ...this.#sent(), ...(init.headers as object) } })
  }

  #sent() {
    return { 'x-client': this.#address, ...(this.replica !== null && { 'x-replica': String(this.replica) }) }
  }

  /** To the provider and back: the answer to the callback. */
  async come(): Promise<Answer> {
    const start = await this.get('/auth/oauth2')
    const location = start.headers.get('location')
    if (start.status !== 302 || !location) return start
    const { pathname, search } = new URL(this.#provider.authorize(location, this.name))
    return this.get(pathname + search)
  }

  json(method: 'get' | 'post', path: string): Promise<Answer> {
    const accept = { accept: 'application/json' }
    return method === 'get' ? this.get(path, accept) : this.post(path, {}, accept)
  }
}
