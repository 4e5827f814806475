import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A cold first start fetches and unpacks; everything after it takes some ten seconds. */
const PATIENCE = 10 * 60_000

/**
 * A server shared by whoever asks for the same one: `script` (a file beside this one) is started with `args` unless it runs
 * already, and runs until nobody holds it any more (see keeper.js).
 *
 * @returns what the script tells about its server, and how to give it back
 */
export async function lease<T>(script: string, args: string[]): Promise<{ value: T; release: () => void }> {
  const file = join(import.meta.dirname, script)
  const keeper = readFileSync(join(import.meta.dirname, 'keeper.js'))
  const key = createHash('sha256').update(readFileSync(file)).update(keeper).update(JSON.stringify(args)).digest('hex')
  const directory = join(tmpdir(), `offline-token-mint-${userInfo().uid}`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, `${script}-${key.slice(0, 12)}`)

  let running = false
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(200)) {
    const socket = await dial(path)
    const answer = socket && (await firstLine(socket))
    if (socket && answer) {
      const { value, error } = JSON.parse(answer) as { value?: T; error?: string }
      if (value === undefined) throw new Error(error)
      socket.unref()
      return { value, release: () => socket.destroy() }
    }
    if (running) continue
    running = true
    const log = openSync(`${path}.log`, 'a')
    const child = spawn(process.execPath, [file, path, ...args], { detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    child.once('exit', () => {
      running = false
    })
    child.unref()
  }
  throw new Error(`${script} ${args.join(' ')} did not start; see ${path}.log`)
}

function dial(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      // A worker of the test runner has a channel to its parent, which is the run; without workers we are the run.
      socket.write(`${process.send ? process.ppid : process.pid}\n`)
      resolve(socket)
    })
    socket.once('error', () => resolve(null))
  })
}

/** The first line; empty where the other side hung up before it. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) resolve(text)
    })
    socket.on('error', () => resolve('')).on('close', () => resolve(''))
  })
}
