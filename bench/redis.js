import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './server-process.js'

/** A Redis of the bench's own, of an empty memory and without a disk. */
export async function startRedis() {
  const port = await freePort()
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
    },
  )
  child.on('error', (error) => {
    throw new Error('this part of the bench needs redis-server', { cause: error })
  })
  while (!(await ask(port, 'PING').catch(() => ''))) await pause(20)
  return {
    url: `redis://127.0.0.1:${port}`,
    /** Bytes in use. */
    memory: async () => Number(/used_memory:(\d+)/.exec(await ask(port, 'INFO memory'))?.[1]),
    stop: () => void child.kill(),
  }
}

/** One inline command, and the first part of its answer. */
async function ask(/** @type {number} */ port, /** @type {string} */ command) {
  const socket = createConnection(port, '127.0.0.1')
  socket.write(`${command}\r\n`)
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer)
}
