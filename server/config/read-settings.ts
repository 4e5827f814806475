import { secretFile } from './files.js'
import { invisibleIn } from './invisible.js'
import { OPTIONS, type Option, type OptionName, type Settings } from './options.js'
import type { Files } from './parsers.js'
import { Invalid, type Problem } from './problem.js'

export type Environment = Record<string, string | undefined>

export interface Reading {
  settings: Settings
  /** The text of each variable, unparsed. */
  given: Map<OptionName, string>
  /** The variable that sets an option: it can be the one in lower case, or the one that names a file. */
  sources: Map<OptionName, string>
  problems: Problem[]
}

/** Parses each option of the table; rules.ts checks how they go together. The environment has no blank values. */
export function readSettings(env: Environment, files: Files): Reading {
  const settings: Record<string, unknown> = {}
  const given = new Map<OptionName, string>()
  const sources = new Map<OptionName, string>()
  const problems: Problem[] = []
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    settings[name] = null
    const option: Option<unknown> = OPTIONS[name]
    const source = sourceOf(name, option, env)
    if (!source) continue
    given.set(name, env[source] ?? '')
    sources.set(name, source)
    try {
      settings[name] = option.parse(textOf(source, option, env, files), files)
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      problems.push({ name: source, problem: error.problem, cure: error.cure })
    }
  }
  return { settings: settings as Settings, given, sources, problems }
}

/** Finds the variable that sets an option: itself, in lower case (usual for proxies), or `_FILE`. */
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
  const text = isFile ? secretFile(value, files) : option.secret ? value : value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  const fault = invisibleIn(text)
  if (fault) throw new Invalid(isFile ? `names a file that ${fault.problem}` : fault.problem, fault.cure)
  if (!isFile && /^(["']).*\1$/.test(text)) {
    const own = option.secret
      ? ` If they are the secret's own, put it into a file and name that in ${source}_FILE.`
      : ''
    throw new Invalid(
      'is in quotes, which became part of the value',
      `Leave the quotes out; Docker's --env-file keeps them.${own}`,
    )
  }
  return text
}
