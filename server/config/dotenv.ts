import { resolve } from 'node:path'
import { parse } from 'dotenv'
import { isSetting } from './options.js'
import { ConfigError } from './problem.js'
import type { Environment } from './read-settings.js'
import { readTextFile } from './text-file.js'

/** A `.env` file: its path and its text; null if there is no file. */
export interface Dotenv {
  path: string
  text: string | null
}

/** Which settings come from a `.env` file: names only, no values. */
export interface EnvFile {
  path: string
  found: boolean
  /** Settings from the file. */
  taken: string[]
  /** Settings in the file that the environment overrides. */
  overridden: string[]
}

/**
 * Reads the file after `--env`, or `.env` in the current folder if there is one.
 *
 * @throws {ConfigError} if the file after `--env` is missing, or a file can't be read
 */
export function readDotenv(named?: string): Dotenv {
  const path = resolve(named ?? '.env')
  try {
    return { path, text: readTextFile(path) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && named === undefined) return { path, text: null }
    throw new ConfigError([
      code === 'ENOENT'
        ? { name: path, problem: "isn't there", cure: 'Write the path of a file with settings after --env.' }
        : {
            name: path,
            problem: code === 'EISDIR' ? 'is a folder' : `can't be read (${code})`,
            cure: 'Make it a file that this user can read, or remove it.',
          },
    ])
  }
}

/** Adds a `.env` file to the environment. A variable that is set and not empty wins over the file. */
export function withDotenv(env: Environment, { text }: Dotenv): Environment {
  return { ...withoutBlanks(parse(text ?? '')), ...withoutBlanks(env) }
}

/** Says which settings come from the file. */
export function describeDotenv(env: Environment, { path, text }: Dotenv): EnvFile {
  const own = withoutBlanks(env)
  const names = Object.keys(withoutBlanks(parse(text ?? ''))).filter(isSetting)
  return {
    path,
    found: text !== null,
    taken: names.filter((name) => !(name in own)),
    overridden: names.filter((name) => name in own),
  }
}

function withoutBlanks(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => !isBlank(value)))
}

/** A variable that is empty or has only spaces counts as unset. */
export function isBlank(value: string | undefined): boolean {
  return !/[^ \t\r\n]/.test(value ?? '')
}
