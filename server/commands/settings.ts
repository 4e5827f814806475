import { type Config, loadConfig } from '../config/config.js'
import { readDotenv, withDotenv } from '../config/dotenv.js'
import type { Options } from './command-line.js'
import { commandName } from './command-name.js'

/** Reads the settings of this process and its `.env` file. @throws ConfigError */
export function readSettings(process: NodeJS.Process, { env, port }: Options = {}): Config {
  return loadConfig(
    { ...process.env, ...(port !== undefined && { PORT: port }) },
    { dotenv: readDotenv(env), terminal: process.stdout.isTTY, startedAs: commandName(process) },
  )
}

/** Whether a name is set, in the environment or in the file. */
export const isSet = (process: Pick<NodeJS.Process, 'env'>, { env }: Options, name: string): boolean =>
  name in withDotenv(process.env, readDotenv(env))

/**
 * Reads the settings for a command that prints a token: with the client secret, unless `SHOW_CLIENT_SECRET=false` is set.
 */
export function readOwnSettings(process: NodeJS.Process, options: Options): Config {
  const config = readSettings(process, options)
  return { ...config, showClientSecret: config.showClientSecret || !isSet(process, options, 'SHOW_CLIENT_SECRET') }
}
