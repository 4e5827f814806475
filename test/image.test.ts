import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { freePort } from './support/free-port.js'
import { spawnBound } from './support/servers/keeper.js'
import { describeWith, lacking } from './support/tools.js'
import { Visitor } from './support/visitor.js'

const run = promisify(execFile)
const root = process.getuid?.() === 0 ? null : 'root, to build an image'

interface ImageConfig {
  User: string
  Env: string[]
  Entrypoint: string[]
  Cmd: string[] | null
  ExposedPorts: Record<string, unknown>
  Healthcheck: { Test: string[] }
}

describeWith(lacking('buildah', 'busybox') ?? root, 'The image', () => {
  let storage: string
  let container: string
  let image: ImageConfig
  let env: string[]
  let visitor: Visitor
  let app: ReturnType<typeof spawnBound> | undefined

  const inStorage = () => ['--root', join(storage, 'root'), '--runroot', join(storage, 'run')]
  const buildah = async (...args: string[]) => (await run('buildah', [...inStorage(), ...args])).stdout.trim()
  const inContainer = (command: string[]) => ['run', '--isolation', 'chroot', ...env, container, '--', ...command]

  beforeAll(async () => {
    storage = await mkdtemp(join(tmpdir(), 'offline-token-mint-image-'))
    await run('.ci/build-image', [storage])
    image = JSON.parse(await buildah('inspect', '--type', 'image', 'offline-token-mint')).Docker.config
    container = await buildah('from', '--pull-never', 'offline-token-mint')
    const port = await freePort()
    env = ['--env', 'HOST=127.0.0.1', '--env', `PORT=${port}`]
    const log = join(storage, 'log')
    app = spawnBound('buildah', [...inStorage(), ...inContainer(image.Entrypoint)], { log })
    await app.answers(`http://127.0.0.1:${port}/healthz`, 30)
    visitor = new Visitor({ url: `http://localhost:${port}` })
  }, 600_000)
  afterAll(async () => {
    await app?.stop()
    await buildah('rm', '--all')
    await buildah('rmi', '--all', '--force')
    await run('rm', ['-rf', '--one-file-system', storage])
  }, 60_000)

  it('runs node itself as a user other than root, on every network of the container', () => {
    expect(image).toMatchObject({ User: 'node', ExposedPorts: { '3000/tcp': {} } })
    expect(image.Env).toEqual(expect.arrayContaining(['HOST=0.0.0.0', 'NODE_ENV=production']))
  })

  it('is the command offline-token-mint: what follows its name on the command line is passed on', async () => {
    // Docker runs the entry point with CMD behind it, and with the caller's arguments in CMD's place.
    expect([image.Entrypoint, image.Cmd ?? []]).toEqual([['node', '/app/dist/main.js'], []])
    const print = ['node', '-p', 'process.version']
    expect(await buildah(...inContainer(print))).toMatch(/^v24\./)
  })

  it('lets a newcomer mint a token and take a program along', async () => {
    expect((await visitor.get('/')).status).toBe(200)
    const page = await visitor.signIn('demo', 'demo')
    expect(page).toMatchObject({ status: 200, url: expect.stringMatching(/\/profile$/) })
    const program = await visitor.get('/profile/device-config/python')
    expect(program).toMatchObject({ status: 200, text: expect.stringContaining('def ') })
  })

  it('knows that it is healthy', async () => {
    const [, ...command] = image.Healthcheck.Test
    await buildah(...inContainer(command))
  })

  it('holds what runs and nothing else, and none of it can be written', async () => {
    const listed = await buildah(...inContainer(['ls', '-A', '/app']))
    expect(listed.split('\n')).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json', 'public', 'server', 'views'])
    const find = ['find', '/app', '(', '-user', 'node', '-o', '-perm', '-o=w', ')', '!', '-type', 'l']
    expect(await buildah(...inContainer(find))).toBe('')
    const modules = (await buildah(...inContainer(['ls', '/app/node_modules']))).split('\n')
    // With Redis and what the stores need of it: an image can't install them later.
    expect(modules).toEqual(expect.arrayContaining(['express', 'redis', 'connect-redis', 'rate-limit-redis']))
    expect(modules).not.toContain('jest')
  })

  it('needs nothing of its root file system but to read it', async () => {
    const files = await buildah('mount', container)
    const port = await freePort()
    // In a mount namespace of its own: the root is made read-only for this process alone.
    const script = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&
      exec /usr/sbin/chroot --userspec=1000:1000 "$1" /bin/sh -c 'cd /app && ! touch /tmp/x 2>/dev/null && exec node /app/dist/main.js'`
    const readOnly = spawnBound(
      'unshare',
      [
        '--mount',
        'env',
        '-i',
        'HOST=127.0.0.1',
        `PORT=${port}`,
        ...image.Env.filter((one) => /^(PATH|NODE_ENV)=/.test(one)),
        'sh',
        '-c',
        script,
        'sh',
        files,
      ],
      { log: join(storage, 'read-only.log') },
    )
    await readOnly.answers(`http://127.0.0.1:${port}/healthz`, 30)
    const newcomer = new Visitor({ url: `http://localhost:${port}` })
    expect(await newcomer.signIn('demo', 'demo')).toMatchObject({ status: 200 })
    await readOnly.stop()
  })

  it('ends in order when it is told to, and is healthy no longer', async () => {
    process.kill(await nodeBelow(app?.pid ?? 0), 'SIGTERM')
    expect(await app?.exited).toBe(0)
    const [, ...command] = image.Healthcheck.Test
    await expect(buildah(...inContainer(command))).rejects.toThrow('ECONNREFUSED')
  })
})

/** The app's own process, among the descendants of this one. */
async function nodeBelow(ancestor: number): Promise<number> {
  const { stdout } = await run('ps', ['-e', '-o', 'pid=,ppid=,args='])
  const processes = stdout.split('\n').map((line) => line.trim().split(/\s+/))
  const below = new Set([ancestor])
  for (const [pid, parent, ...args] of processes.sort((a, b) => Number(a[0]) - Number(b[0]))) {
    if (!below.has(Number(parent))) continue
    below.add(Number(pid))
    if (/^\S*node \/app\/dist\/main\.js$/.test(args.join(' '))) return Number(pid)
  }
  throw new Error('the app is not running')
}
