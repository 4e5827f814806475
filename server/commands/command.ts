import type { Options } from './command-line.js'

/** What a command gets: the process, and the options of its command line. */
export interface Call {
  process: NodeJS.Process
  options: Options
  argument: string | null
}

/** Runs one command. @returns its exit code; null if it keeps running */
export type Command = (call: Call) => Promise<number | null>

/** Ends a command with an exit code, and says why on standard error. */
export class CommandEnd extends Error {
  override readonly name = 'CommandEnd'
  readonly exitCode: number
  readonly hint: string | null

  constructor(exitCode: number, message: string, hint: string | null = null) {
    super(message)
    this.exitCode = exitCode
    this.hint = hint
  }
}

/** Ctrl+C: 128 + SIGINT, as shells have it. */
export const INTERRUPTED = 130
