import { COMMANDS, type CommandName, OPTIONS, type OptionName } from './command-line.js'

const PROGRAM = 'offline-token-mint'

/** Writes the usage of one command, or of all of them. */
export function usage(command: CommandName | null): string {
  return command === null ? overview() : usageOf(command)
}

function overview(): string {
  const commands = Object.entries(COMMANDS).map(([name, { about }]): [string, string] => [
    name === 'serve' ? '(none)' : name,
    about,
  ])
  return [
    `Usage: ${PROGRAM} [COMMAND] [OPTIONS]`,
    '',
    'Commands:',
    ...columns(commands),
    '',
    'Options without a command:',
    ...columns(COMMANDS.serve.options.map(optionRow)),
    '',
    `"${PROGRAM} COMMAND --help" explains a command.`,
    '',
  ].join('\n')
}

function usageOf(command: CommandName): string {
  const { about, options, argument, exit } = COMMANDS[command]
  const words = [
    PROGRAM,
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
