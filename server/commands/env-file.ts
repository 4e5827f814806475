import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { loadConfig } from '../config/config.js'
import { CommandEnd } from './command.js'

/** The settings of the provider in a `.env` file. */
export interface Answers {
  OAUTH2_ISSUER: string
  OAUTH2_CLIENT_ID: string
  /** null: a public client. */
  OAUTH2_CLIENT_SECRET: string | null
}

/** Writes a `.env` file with these values; null if a value does not fit into any kind of quotes. */
export function envText(answers: Answers): string | null {
  const lines = Object.entries(answers).flatMap(([name, value]) => (value === null ? [] : [`${name}=${quoted(value)}`]))
  const text = `${lines.join('\n')}\n`
  return readsBack(text, answers) ? text : null
}

/** Quotes a value for dotenv, which has three kinds of quotes and no escapes. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9._~:/@%+-]+$/.test(value)) return value
  const mark = ["'", '`', '"'].find((quote) => !value.includes(quote)) ?? "'"
  return `${mark}${value}${mark}`
}

/** Checks the values. @throws ConfigError for one that a setting can't have */
function readsBack(text: string, { OAUTH2_ISSUER, OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET }: Answers): boolean {
  const { oauth2 } = loadConfig({}, { dotenv: { path: '.env', text } })
  return (
    oauth2.issuer === OAUTH2_ISSUER &&
    oauth2.clientId === OAUTH2_CLIENT_ID &&
    oauth2.clientSecret === OAUTH2_CLIENT_SECRET
  )
}

/** Creates a file that only this user can read. @throws CommandEnd */
export function writeEnvFile(path: string, text: string): void {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, text)
    fsyncSync(file)
    closeSync(file)
  } catch (error) {
    throw new CommandEnd(1, `${path} can't be written (${(error as NodeJS.ErrnoException).code}).`)
  }
}
