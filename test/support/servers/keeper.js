import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that took ten seconds to start is worth keeping a while for the next test file of the same run. */
const LINGER = 30_000

/**
 * Keeps one server running for as long as somebody is connected to the socket at `path`. The connection is the lease: it
 * ends with the process that holds it, however that ends, so nothing is left behind. Each leaseholder sends one line, the
 * process id of its test run, and is sent one line of JSON: `{"value":…}` once the server is up, or `{"error":"…"}`.
 *
 * @param {string} path
 * @param {() => Promise<{ value: unknown, stop: () => Promise<void> }>} start
 */
export async function keep(path, start) {
  /** @type {Set<import('node:net').Socket>} */
  const leases = new Set()
  /** @type {Set<number>} */
  const runs = new Set()
  let idleSince = Date.now()
  const server = createServer((socket) => {
    leases.add(socket)
    socket.on('data', (line) => runs.add(Number(line)))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      leases.delete(socket)
      idleSince = Date.now()
    })
    outcome.then(({ answer }) => socket.write(`${JSON.stringify(answer)}\n`))
  })
  if (!(await bind(server, path))) return

  const outcome = start().then(
    ({ value, stop }) => ({ answer: { value }, stop }),
    (error) => ({ answer: { error: String(error?.message ?? error) }, stop: async () => {} }),
  )
  const leave = async () => {
    server.close()
    const { stop } = await outcome
    await stop()
    process.exit()
  }
  process.once('SIGTERM', leave)
  process.once('SIGINT', leave)
  if ('error' in (await outcome).answer) return leave()
  while (leases.size > 0 || (Date.now() - idleSince < LINGER && [...runs].some(isAlive))) await sleep(500)
  await leave()
}

/** Takes the socket's name; false where somebody else keeps this server already. A name left by a dead keeper is taken over. */
async function bind(/** @type {import('node:net').Server} */ server, /** @type {string} */ path) {
  for (let attempt = 0; attempt < 3; attempt++) {
    const taken = await new Promise((resolve) => {
      server.once('error', () => resolve(true))
      server.listen(path, () => resolve(false))
    })
    if (!taken) return true
    const answered = await new Promise((resolve) => {
      const probe = connect(path, () => resolve(true)).on('error', () => resolve(false))
      probe.on('connect', () => probe.destroy())
    })
    if (answered) return false
    await unlink(path).catch(() => {})
  }
  return false
}

function isAlive(/** @type {number} */ pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * Starts a program in a process group of its own that ends with us, however we end: a shell holds the reading end of a pipe of
 * ours, and when that closes it ends the whole group.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, log: string }} options
 */
export function spawnBound(command, args, { cwd, env, log }) {
  const guard = `
    trap : TERM
    exec 3<&0
    "$@" </dev/null 3<&- & child=$!
    { read -r _ <&3; kill -TERM 0; } &
    while kill -0 $child 2>/dev/null; do wait $child; status=$?; done
    exit $status`
  const output = openSync(log, 'a')
  const child = spawn('sh', ['-c', guard, 'sh', command, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['pipe', output, output],
  })
  closeSync(output)
  const group = -(child.pid ?? 0)
  /** @type {Promise<number | null>} */
  const exited = new Promise((resolve) => child.once('exit', resolve))

  const stop = async () => {
    signal(group, 'SIGTERM')
    for (let waited = 0; waited < 10_000 && signal(group, 0); waited += 100) await sleep(100)
    signal(group, 'SIGKILL')
  }

  /** Waits until `url` answers 200, at most `seconds`; what the program said last is in the error. */
  const answers = async (/** @type {string} */ url, seconds = 300) => {
    let over = false
    exited.then(() => {
      over = true
    })
    const deadline = Date.now() + seconds * 1000
    while (!over && Date.now() < deadline) {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null)
      if (response?.ok) return
      await sleep(250)
    }
    await stop()
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-30).join('\n')
    throw new Error(`${command} ${over ? 'ended' : `did not answer at ${url} within ${seconds} s`}:\n${lines}`)
  }
  return { answers, stop, exited, pid: child.pid ?? 0 }
}

function signal(/** @type {number} */ group, /** @type {NodeJS.Signals | 0} */ name) {
  try {
    return process.kill(group, name)
  } catch {
    return false
  }
}
