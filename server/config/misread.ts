import { parse } from 'dotenv'
import { type Dotenv, isBlank } from './dotenv.js'
import { type Fault, invisibleIn, withoutInvisible } from './invisible.js'
import { isSecret, isSetting } from './options.js'
import type { Problem } from './problem.js'
import type { Environment } from './read-settings.js'
import { type Written, writtenValue } from './written-value.js'

interface Line {
  name: string
  number: number
  written: Written
}

const LINE_END = /\r\n?|\n/
/** A line that dotenv reads. */
const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:(?=\s))(.*)$/s
/** Other ways to set a variable, which dotenv ignores silently. */
const NAMES_A_SETTING = /^\s*(?:export\s+|set\s+|\$env:)?(\w+)/i

/**
 * Finds settings that dotenv reads differently from how they are written in the file, unless the environment overrides them, and
 * lines that it does not read at all.
 */
export function misread({ path, text }: Dotenv, env: Environment): Problem[] {
  const read = parse(text ?? '')
  const lines = linesOf(text ?? '').filter(({ name }) => isBlank(env[name]))
  const settings = lines.flatMap(({ name, number, written }) => {
    const last = lines.findLast((line) => line.name === name)?.number === number
    const fault = faultOf(name, written, last ? (read[name] ?? '') : null)
    return fault ? [{ name, problem: `in ${path}, line ${number}, ${fault.problem}`, cure: fault.cure }] : []
  })
  return [...settings, ...unreadLines(text ?? '').map((number) => unread(path, number))]
}

/** Numbers of the lines without `=` that are no comment, no setting's, and no part of a value over several lines. */
function unreadLines(text: string): number[] {
  const lines = text.split(LINE_END)
  const all = JSON.stringify(parse(text))
  return lines.flatMap((line, index) => {
    if (/^\s*(#|export\s|$)|=/.test(line) || ASSIGNMENT.test(line) || isSetting(hiddenName(line))) return []
    return JSON.stringify(parse(lines.toSpliced(index, 1).join('\n'))) === all ? [index + 1] : []
  })
}

const unread = (path: string, number: number): Problem => ({
  name: `Line ${number} of ${path}`,
  problem: 'has no =, so it is not read',
  cure: 'Write it as NAME=VALUE, or begin it with # if it is a comment.',
})

/** @param read the value that dotenv reads; null if a later line replaces it */
function faultOf(name: string, written: Written, read: string | null): Fault | null {
  if ('problem' in written) return { problem: written.problem, cure: written.cure ?? quotes(name) }
  if (read === null || read === written.value) return invisibleIn(written.value)
  const problem = 'is read differently from how it is written: a quote in another line may be open'
  return invisibleIn(written.value) ?? { problem, cure: `Close that quote. ${quotes(name)}` }
}

function quotes(name: string): string {
  const other =
    isSecret(name) && !name.endsWith('_FILE')
      ? ` If it contains a single quote, write it into a file and name that in ${name}_FILE.`
      : ''
  return `Put the value in single quotes, on one line: ${name}='…'.${other}`
}

function linesOf(text: string): Line[] {
  return text.split(LINE_END).flatMap((line, index) => {
    const [, name, rest = ''] = ASSIGNMENT.exec(line) ?? []
    if (name !== undefined) {
      return isSetting(name) ? [{ name, number: index + 1, written: writtenValue(rest, isSecret(name)) }] : []
    }
    const hidden = hiddenName(line)
    return isSetting(hidden) ? [{ name: hidden, number: index + 1, written: notRead(line, hidden) }] : []
  })
}

/** The name that a line begins with, where dotenv reads none. */
const hiddenName = (line: string): string => NAMES_A_SETTING.exec(withoutInvisible(line))?.[1] ?? ''

function notRead(line: string, name: string): Written {
  return line.includes(name)
    ? { problem: 'is not written as NAME=VALUE, so it is not read', cure: `Begin the line with ${name}=` }
    : { problem: "is not read: a character that doesn't show is in its name", cure: 'Type the name by hand.' }
}
