import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Names and values as a reader sees them in one file. */
export type Seen = Record<string, string>

/** The program or library that will read the file at the place, started as it is started there. */
export interface Reader {
  name: string
  /** The formats it reads, by id. */
  formats: readonly string[]
  /** It takes a process a file: give it each value once and each character once a field, not each value once a field. */
  slow?: boolean
  /** The tool that this machine lacks for it; null where all is there. */
  missing(): string | null
  version(): Promise<string>
  /** What it sees in each of these files, which lie in a folder each. `names` are those the format spells. */
  read(files: readonly string[], names: readonly string[]): Promise<Seen[]>
}

/** Where .ci/install-readers puts what comes from PyPI. */
export const VENV = join(homedir(), '.cache/offline-token-mint/readers/bin')

/** Standard output of a command that must succeed. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, maxBuffer: 256 * 1024 * 1024, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} failed: ${(stdout + stderr || error.message).slice(-2000)}`))
      else resolve(stdout)
    })
  })
}

/** What a command says of its version, for the table alone. */
export async function versionOf(command: string, ...args: string[]): Promise<string> {
  const said = await run(command, args).catch(() => '')
  return /\d+\.[\d.]*\d/.exec(said)?.[0] ?? ''
}

/** The version of an npm package that is installed here. */
export async function packageVersion(name: string): Promise<string> {
  return JSON.parse(await readFile(new URL(`../../../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
    .version
}

/** One JSON document a line. */
export const jsonLines = (text: string): Seen[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** The output of `env -0`, our names alone. */
export function fromEnvironment(text: string): Seen {
  const pairs = text.split('\0').filter((pair) => pair.startsWith('OAUTH2_'))
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

/** Values that a reader printed in the order of the names, file after file. */
export function inOrder(values: readonly string[], names: readonly string[]): Seen[] {
  return Array.from({ length: values.length / names.length }, (_, file) =>
    Object.fromEntries(names.map((name, i) => [name, values[file * names.length + i] ?? ''])),
  )
}
