import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { loadConfig } from '../config/config.js'
import { CommandEnd } from './command.js'

/** What a `.env` file says about the provider. */
export interface Answers {
  OAUTH2_ISSUER: string
  OAUTH2_CLIENT_ID: string
  /** null: a public client. */
  OAUTH2_CLIENT_SECRET: string | null
}

/** The text of a `.env` file with these values; null where no kind of quotes can carry one of them. */
export function envText(answers: Answers): string | null {
  const lines = Object.entries(answers).flatMap(([name, value]) => (value === null ? [] : [`${name}=${quoted(value)}`]))
  const text = `${lines.join('\n')}\n`
  return readsBack(text, answers) ? text : null
}

/** A value as dotenv reads it: it has three kinds of quotes, and no escapes. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9._~:/@%+-]+$/.test(value)) return value
  const mark = ["'", '`', '"'].find((quote) => !value.includes(quote)) ?? "'"
  return `${mark}${value}${mark}`
}

/** @throws ConfigError for a value that no setting can have */
function readsBack(text: string, { OAUTH2_ISSUER, OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET }: Answers): boolean {
  const { oauth2 } = loadConfig({}, { dotenv: { path: '.env', text } })
  return (
    oauth2.issuer === OAUTH2_ISSUER &&
    oauth2.clientId === OAUTH2_CLIENT_ID &&
    oauth2.clientSecret === OAUTH2_CLIENT_SECRET
  )
}

/** Writes a file that is not there yet, for this user alone. @throws CommandEnd */
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
