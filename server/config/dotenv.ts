import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { OPTIONS } from './options.js'
import { ConfigError, type Problem } from './problem.js'
import type { Environment } from './read-settings.js'

/**
 * The text of a `.env` file; empty where there is none.
 *
 * @throws {ConfigError} when it is there and can't be read
 */
export function readDotenv(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    const problem = code === 'EISDIR' ? 'is a folder' : `can't be read (${code})`
    throw new ConfigError([{ name: path, problem, cure: 'Make it a file that this user may read, or take it away.' }])
  }
}

/** The environment, completed by the text of a `.env` file. A variable that is set, and not empty, wins over the file. */
export function withDotenv(env: Environment, text: string): Environment {
  return { ...withoutBlanks(parse(text)), ...withoutBlanks(env) }
}

function withoutBlanks(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))
}

/** Values that dotenv would cut in silence: it takes a # for a comment even in the middle of a word. */
export function cutValues(text: string): Problem[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, name = '', value = ''] = /^\s*(?:export\s+)?(\w+)\s*=\s*(.*)$/.exec(line) ?? []
    if (!Object.hasOwn(OPTIONS, name.replace(/_FILE$/, '')) || !/^[^'"`#\s][^#]*[^#\s]#/.test(value)) return []
    return [
      {
        name,
        problem: 'is cut short in .env, where a # begins a comment',
        cure: `Put the whole value in single quotes: ${name}='…'; or a space before the comment.`,
      },
    ]
  })
}
