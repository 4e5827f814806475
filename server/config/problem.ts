/** One mistake in the settings. `name` and `problem` form a sentence; `cure` says what to write instead. */
export interface Problem {
  name: string
  problem: string
  cure: string
}

/** Thrown by a parser; the caller knows the variable's name. */
export class Invalid extends Error {
  readonly problem: string
  readonly cure: string

  constructor(problem: string, cure: string) {
    super(problem)
    this.problem = problem
    this.cure = cure
  }
}

/** Reports every mistake in the settings together. No message contains a secret's value. */
export class ConfigError extends Error {
  readonly problems: Problem[]

  constructor(problems: Problem[]) {
    super(problems.map(({ name, problem }) => `${name} ${problem}`).join('; '))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Writes what the start prints before it exits with code 1. */
export function formatProblems({ problems }: ConfigError): string {
  const count = problems.length === 1 ? 'one setting needs' : `${problems.length} settings need`
  const lines = problems.map(({ name, problem, cure }) => `  ${name} ${problem}.\n    ${cure}`)
  return `Offline Token Mint can't start: ${count} a change.\n\n${lines.join('\n\n')}\n`
}

/** Makes a value safe for a message: in quotes, cut, without credentials, and without characters that could move a terminal's cursor. */
export function shown(value: string): string {
  const withoutCredentials = value.replace(/\/\/[^/?#]*@/, '//…@')
  const letters = [...withoutCredentials]
  const cut = letters.length > 60 ? `${letters.slice(0, 60).join('')}…` : withoutCredentials
  return JSON.stringify(cut).replace(/[^\x20-\x7e…\p{L}\p{N}]/gu, escaped)
}

/** Writes an invisible character as its number. */
export function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
