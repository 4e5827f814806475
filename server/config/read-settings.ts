import { secretFile } from './files.js'
import { OPTIONS, type Option, type OptionName, type Settings } from './options.js'
import type { Files } from './parsers.js'
import { escaped, Invalid, type Problem } from './problem.js'

export type Environment = Record<string, string | undefined>

export interface Reading {
  settings: Settings
  /** What the environment says, rightly or not: the variable's text as it stands there. */
  given: Map<OptionName, string>
  problems: Problem[]
}

/** Parses each option of the table for itself; how they go together is for the rules. The environment holds no blank values. */
export function readSettings(env: Environment, files: Files): Reading {
  const settings: Record<string, unknown> = {}
  const given = new Map<OptionName, string>()
  const problems: Problem[] = []
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    settings[name] = null
    const option: Option<unknown> = OPTIONS[name]
    const source = sourceOf(name, option, env)
    if (!source) continue
    given.set(name, env[source] ?? '')
    try {
      settings[name] = option.parse(textOf(source, option, env, files), files)
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      problems.push({ name: source, problem: error.problem, cure: error.cure })
    }
  }
  return { settings: settings as Settings, given, problems }
}

/** The variable that sets an option: itself, in lower case as is the custom for proxies, or `_FILE`. */
function sourceOf(name: OptionName, option: Option<unknown>, env: Environment): string | undefined {
  const candidates = [...(option.common ? [name.toLowerCase()] : []), name, ...(option.secret ? [`${name}_FILE`] : [])]
  return candidates.find((candidate) => env[candidate])
}

function textOf(source: string, option: Option<unknown>, env: Environment, files: Files): string {
  const isFile = option.secret && source.endsWith('_FILE')
  if (option.secret && !isFile && env[`${source}_FILE`]) {
    throw new Invalid(`and ${source}_FILE are both set`, 'Unset one of them.')
  }
  const value = env[source] ?? ''
  const text = isFile ? secretFile(value, files) : option.secret ? value : value.trim()
  const control = /\p{Cc}/u.exec(text)
  if (control) {
    throw new Invalid(
      `holds a character that doesn't show (${escaped(control[0])})`,
      'Type the value anew; \\u{d} at the end comes from a file with Windows line ends.',
    )
  }
  if (!isFile && /^(["']).*\1$/.test(text)) {
    const own = option.secret
      ? ` If they are the secret's own, put it into a file and name that in ${source}_FILE.`
      : ''
    throw new Invalid(
      'stands in quotes, which became part of the value',
      `Leave them out; Docker's --env-file keeps them.${own}`,
    )
  }
  return text
}
