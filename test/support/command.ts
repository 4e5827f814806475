import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closeLater } from './closing.js'

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const IN_TERMINAL = fileURLToPath(new URL('./in-terminal.py', import.meta.url))

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'command-'))
  closeLater(async () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface CommandOptions {
  env?: Record<string, string>
  cwd?: string
  /** Runs it in a terminal: what it prints on both streams then comes as `out()`. */
  terminal?: boolean
  /** A shell's redirection of standard output, e.g. `> /dev/full`. */
  redirect?: string
}

export type RunningCommand = ReturnType<typeof startCommand>

/** Runs `offline-token-mint` with these arguments. */
export function startCommand(args: string[], { terminal, redirect, ...options }: CommandOptions = {}) {
  if (!existsSync(MAIN)) throw new Error('there is no dist/main.js: run "npm run build" first')
  const direct = [process.execPath, MAIN, ...args]
  const command = redirect === undefined ? direct : ['/bin/sh', '-c', `exec "$@" ${redirect}`, 'sh', ...direct]
  return startProgram(terminal ? ['python3', IN_TERMINAL, ...command] : command, options)
}

/** Runs the lines of a POSIX shell, and stops at the first that fails. */
export const startShell = (text: string, options: Pick<CommandOptions, 'env' | 'cwd'>) =>
  startProgram(['/bin/sh', '-e', '-c', text], options)

function startProgram([program = '', ...args]: string[], { env = {}, cwd }: Pick<CommandOptions, 'env' | 'cwd'>) {
  const child = spawn(program, args, {
    cwd: cwd ?? temporaryFolder(),
    env: { PATH: process.env.PATH ?? '', ...env },
    // What it starts ends with it.
    detached: true,
  })
  const printed = { out: '', err: '' }
  const listeners = new Set<() => void>()
  const read = (stream: 'out' | 'err') => (chunk: Buffer) => {
    printed[stream] += chunk
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', read('out'))
  child.stderr.on('data', read('err'))
  child.stdin.on('error', () => {})
  const closed = once(child, 'close') as Promise<[number | null]>
  closed.then(() => {
    for (const listener of listeners) listener()
  })
  closeLater(async () => {
    endGroup(Number(child.pid))
    await closed
  })
  return {
    child,
    out: () => printed.out,
    err: () => printed.err,
    code: closed.then(([code]) => code),
    write: (text: string) => void child.stdin.write(text),
    end: () => void child.stdin.end(),
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    /** Waits until the command has printed this; rejects when it ends without it. */
    until(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(`${printed.err}${printed.out}`.slice(from))
          if (found) resolve(found)
          else if (child.exitCode !== null) {
            reject(new Error(`it ended (${child.exitCode}) without ${pattern}: ${printed.err}${printed.out}`))
          } else return
          listeners.delete(look)
        }
        listeners.add(look)
        look()
      })
    },
  }
}

/** Runs it to its end, with this on standard input. */
export async function runCommand(args: string[], options: CommandOptions & { input?: string } = {}) {
  const command = startCommand(args, options)
  command.child.stdin.end(options.input ?? '')
  const code = await command.code
  return { code, out: command.out(), err: command.err() }
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}
