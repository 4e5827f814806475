import { parseArgs } from 'node:util'
import { FORMATS } from '../device-config/formats.js'

/** Every option, with its help. */
export const OPTIONS = {
  env: { type: 'string', value: 'FILE', help: 'read settings from FILE instead of .env' },
  open: { type: 'boolean', help: 'open the browser' },
  port: { type: 'string', value: 'N', help: 'listen on port N (sets PORT)' },
  device: { type: 'boolean', help: 'sign in on another device with a short code (RFC 8628)' },
  format: { type: 'string', value: 'ID', help: 'print a device config, or "token" for the refresh token alone' },
  output: { type: 'string', value: 'FILE', help: 'write the result to FILE (mode 0600)' },
  force: { type: 'boolean', help: 'overwrite FILE' },
  label: { type: 'string', value: 'TEXT', help: 'name the token' },
  'no-test': { type: 'boolean', help: "don't test the token" },
  'read-only': { type: 'boolean', help: 'decode and introspect the token, but do not refresh it' },
  help: { type: 'boolean', help: 'print this' },
  version: { type: 'boolean', help: 'print the version' },
} as const satisfies Record<string, { type: 'string' | 'boolean'; value?: string; help: string }>

export type OptionName = keyof typeof OPTIONS

/** The options of a command line. */
export type Options = {
  [Name in OptionName]?: (typeof OPTIONS)[Name]['type'] extends 'string' ? string : boolean
}

export type CommandName = 'serve' | 'init' | 'check' | 'mint' | 'test'

interface CommandSyntax {
  about: string
  options: readonly OptionName[]
  /** The argument after the options. */
  argument?: string
  /** Exit codes, one line each. */
  exit: readonly string[]
}

export const COMMANDS: Record<CommandName, CommandSyntax> = {
  serve: {
    about: 'Serves the site. This is what happens without a command.',
    options: ['open', 'port', 'env'],
    exit: ['0 ended', '1 could not start'],
  },
  init: {
    about: "Asks for your provider's issuer, client ID and client secret, and writes .env.",
    options: ['env'],
    exit: ['0 no check failed', '1 nothing written, or a check failed'],
  },
  check: {
    about: 'Checks the set-up: whether the provider knows the client, the callback URL, the scope and the secret.',
    options: ['env'],
    exit: ['0 no check failed', '1 a check failed'],
  },
  mint: {
    about: 'Signs in without a browser on this machine, tests the token and prints it.',
    options: ['device', 'format', 'output', 'force', 'label', 'no-test', 'env'],
    exit: ['0 a refresh token', '1 settings or provider', '2 no usable refresh token', '3 try later'],
  },
  test: {
    about: 'Tests a refresh token: one on standard input, or the one in a device config.',
    options: ['read-only', 'env'],
    argument: 'FILE|-',
    exit: [
      '0 it works',
      '1 settings, or refused for now',
      '2 dead',
      '3 try later',
      '--read-only: 0 active, 2 inactive, 1 unknown',
    ],
  },
}

/** Reports a wrong command line: the usage is printed, and the command exits with 64 (EX_USAGE of sysexits.h). */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly command: CommandName | null

  constructor(message: string, command: CommandName | null) {
    super(message)
    this.command = command
  }
}

export interface Asked {
  command: CommandName
  options: Options
  argument: string | null
  /** Whether a command was named. */
  named: boolean
}

/** Reads the command line. @throws UsageError for a command, an option or a value that does not exist */
export function readCommandLine(args: string[]): Asked {
  const { values, positionals } = parsed(args)
  const [first, ...rest] = positionals
  const command = first ?? 'serve'
  if (!isCommand(command)) throw new UsageError(`Unknown command: ${command}.`, null)
  const { options, argument } = COMMANDS[command]
  const given = Object.keys(values) as OptionName[]
  const wrong = given.find((name) => !options.includes(name) && name !== 'help' && name !== 'version')
  if (wrong !== undefined) throw new UsageError(`${command} has no option --${wrong}.`, command)
  const empty = given.find((name) => values[name] === '')
  if (empty !== undefined) throw new UsageError(`--${empty} needs a value.`, command)
  if (rest.length > (argument === undefined ? 0 : 1)) {
    throw new UsageError(`${command} takes ${argument === undefined ? 'no argument' : `one ${argument}`}.`, command)
  }
  const format = values.format
  if (format !== undefined && !FORMAT_IDS.includes(format)) {
    throw new UsageError(`Unknown format: ${format}. Use one of: ${FORMAT_IDS.join(', ')}.`, command)
  }
  return { command, options: values, argument: rest[0] ?? null, named: first !== undefined }
}

const FORMAT_IDS = ['token', ...FORMATS.map(({ id }) => id)]

const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name)

function parsed(args: string[]): { values: Options; positionals: string[] } {
  try {
    const options = Object.fromEntries(Object.entries(OPTIONS).map(([name, { type }]) => [name, { type }]))
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    return { values: { ...values } as Options, positionals }
  } catch (error) {
    throw new UsageError((error as Error).message.split('. To specify')[0] as string, null)
  }
}
