import { ConfigError, formatProblems } from '../config/config.js'
import { AppError } from '../errors.js'
import { ListenError } from '../process/listen.js'
import { StoreError } from '../stores/store-unavailable.js'
import { type Command, CommandEnd } from './command.js'
import { type Asked, type CommandName, readCommandLine, UsageError } from './command-line.js'
import { commandName } from './command-name.js'
import { exitCodeOf, explain } from './failures.js'
import { usage } from './usage.js'
import { version } from './version.js'

/** Loads a command only when it is used, so that a start loads nothing that it does not need. */
const LOAD: Record<CommandName, () => Promise<{ run: Command }>> = {
  serve: () => import('./serve.js'),
  init: () => import('./init.js'),
  check: () => import('./check.js'),
  mint: () => import('./mint.js'),
  test: () => import('./test.js'),
}

/** EX_USAGE of sysexits.h. */
const USAGE = 64

/** Runs what the command line asks for, and ends the process with its exit code. */
export async function runCommandLine(process: NodeJS.Process): Promise<void> {
  // A closed pipe must not crash the process. Important output has its own callback for errors.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const code = await attempt(process).catch((error: unknown) => {
    const told = tell(error, commandName(process))
    if (told === null) throw error
    return say(process.stderr, told.text).then(() => told.code)
  })
  if (code !== null) process.exit(code)
}

async function attempt(process: NodeJS.Process): Promise<number | null> {
  const asked = readCommandLine(process.argv.slice(2))
  const text = information(asked, commandName(process))
  if (text !== null) return say(process.stdout, text).then(() => 0)
  const { run } = await LOAD[asked.command]()
  return run({ process, options: asked.options, argument: asked.argument })
}

function information({ command, options, named }: Asked, program: string): string | null {
  if (options.version) return `${version()}\n`
  return options.help ? usage(program, named ? command : null) : null
}

/** Explains a failure that the person can solve; null for a mistake of ours. */
function tell(error: unknown, program: string): { text: string; code: number } | null {
  if (error instanceof UsageError) return { text: `${error.message}\n\n${usage(program, error.command)}`, code: USAGE }
  if (error instanceof ConfigError) return { text: formatProblems(error), code: 1 }
  if (error instanceof ListenError || error instanceof StoreError) return { text: `${error.message}\n`, code: 1 }
  if (error instanceof CommandEnd) return { text: explain(error), code: error.exitCode }
  if (error instanceof AppError) return { text: explain(error), code: exitCodeOf(error) }
  return null
}

const say = (stream: NodeJS.WriteStream, text: string) =>
  new Promise<void>((resolve) => stream.write(text, () => resolve()))
