import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fingerprint } from '../tokens/fingerprint.js'
import { type ReadConfig, readConfigFile, withToken } from './config-file.js'

/** Put before the token while a program tries whether it could store the next one. */
export const REHEARSED = 'another-'

/**
 * Where the next token is written before it takes its place: CONFIG.new-FINGERPRINT, by the token that it follows. Our programs take the
 * same name (docs/one-time-tokens.md).
 */
export function nextTokenFile(file: string, { format, fields }: ReadConfig): string {
  const token = fields.refresh_token
  return `${file}.new-${format.id === 'sh' ? shellFingerprint(token) : fingerprint(token)}`
}

/** What refresh.sh can work out without another program. */
function shellFingerprint(token: string): string {
  let sum = 0
  for (const character of token) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 16_777_213
  return sum.toString(16).padStart(6, '0')
}

/** Takes the next token from a file that a power cut left: whole, and equal to the config but for the token. Returns whether it did. */
export function adoptNextToken(file: string): boolean {
  const config = readConfigFile(readFileSync(file, 'utf8'))
  const left = config && nextTokenFile(file, config)
  if (!config || !left) return false
  const text = textOf(left)
  if (text === null) return false
  const token = readConfigFile(text)?.fields.refresh_token
  if (token === undefined || token === REHEARSED + config.fields.refresh_token) return false
  if (!text.endsWith('\n') && config.text.endsWith('\n')) return false
  if (withToken(config, token) !== text) return false
  renameSync(left, file)
  return true
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Removes what power cuts left. */
export function removeNextTokens(file: string): void {
  const begins = `${basename(file)}.new-`
  for (const name of readdirSync(dirname(file))) {
    if (name.startsWith(begins)) rmSync(join(dirname(file), name), { force: true })
  }
}
