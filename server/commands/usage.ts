import { COMMANDS, type CommandName, OPTIONS, type OptionName } from './command-line.js'

/** Writes the usage of one command, or of all of them. @param program as `commandName` names it */
export function usage(program: string, command: CommandName | null): string {
  return command === null ? overview(program) : usageOf(program, command)
}

function overview(program: string): string {
  const commands = Object.entries(COMMANDS).map(([name, { about }]): [string, string] => [
    name === 'serve' ? '(none)' : name,
    about,
  ])
  return [
    `Usage: ${program} [COMMAND] [OPTIONS]`,
    '',
    'Commands:',
    ...columns(commands),
    '',
    'Options without a command:',
    ...columns(COMMANDS.serve.options.map(optionRow)),
    '',
    `"${program} COMMAND --help" explains a command.`,
    '',
  ].join('\n')
}

function usageOf(program: string, command: CommandName): string {
  const { about, options, argument, exit } = COMMANDS[command]
  const words = [
    program,
    ...(command === 'serve' ? [] : [command]),
    '[OPTIONS]',
    ...(argument ? [`[${argument}]`] : []),
  ]
  return [
    `Usage: ${words.join(' ')}`,
    '',
    about,
    '',
    'Options:',
    ...columns([...options, 'help' as const, 'version' as const].map(optionRow)),
    '',
    'Exit codes:',
    ...exit.map((line) => `  ${line}`),
    '',
  ].join('\n')
}

function optionRow(name: OptionName): [string, string] {
  const option = OPTIONS[name]
  return [`--${name}${'value' in option ? ` ${option.value}` : ''}`, option.help]
}

function columns(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`)
}
