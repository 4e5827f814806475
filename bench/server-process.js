import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * A contestant's server as a child process.
 * @typedef {object} Running
 * @property {string} id
 * @property {string} origin
 * @property {number} startedIn milliseconds from spawn to the first 200 of `/`
 * @property {() => Promise<number>} cpu milliseconds of CPU that it has used so far
 * @property {() => Promise<number>} memory resident bytes
 * @property {() => Promise<void>} stop
 */

/**
 * Each contestant is given the same settings, by the names of this app's, and its log is read and thrown away.
 * @param {import('./contestants.js').Contestant} contestant
 * @param {{ issuer: string, redisUrl?: string | undefined }} world
 * @param {string[]} [nodeOptions]
 * @returns {Promise<Running>}
 */
export async function start({ id, folder, program, redis }, { issuer, redisUrl }, nodeOptions = []) {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    PORT: String(port),
    BASE_URL: origin,
    OAUTH2_ISSUER: issuer,
    OAUTH2_CLIENT_ID: 'sensor',
    OAUTH2_CLIENT_SECRET: 'sensor-secret',
    SESSION_SECRET: 'a secret for the bench alone that is long enough',
    ...(redis && { REDIS_URL: redisUrl }),
  }
  const spawned = performance.now()
  const child = spawn(process.execPath, [...nodeOptions, program], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.resume()
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${id} ended with ${child.exitCode}`)
    await pause(1)
  }
  const startedIn = performance.now() - spawned
  const { pid } = child
  return {
    id,
    origin,
    startedIn,
    async cpu() {
      // Fields 14 and 15 of proc_pid_stat(5), in ticks of 10 ms; the name in field 2 may hold spaces.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) * 10
    },
    async memory() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill(nodeOptions.length > 0 ? 'SIGINT' : 'SIGKILL')
      await ended
    },
  }
}

/** Whether `/` answers 200: asked by the plainest means, so that asking costs the other core little. */
const answers = (/** @type {number} */ port) =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () =>
      socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`),
    )
    socket.on('error', () => resolve(false))
    socket.once('data', (data) => {
      resolve(data.toString('latin1').startsWith('HTTP/1.1 200 '))
      socket.destroy()
    })
  })

/** @returns {Promise<number>} */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  return port
}

/** The provider that all sign in at. */
export async function startProvider() {
  const child = spawn(process.execPath, [new URL('provider.js', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return { issuer: String(line).trim(), stop: () => void child.kill() }
}
