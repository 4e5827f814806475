import { isIP } from 'node:net'
import { Invalid, shown } from './problem.js'
import { isLocalhostName } from './urls.js'

/** Reads files for settings; an argument, so that tests need no disk. */
export interface Files {
  readFile: (path: string) => string
}

/** Turns a variable's text, which is never empty, into its value, or throws `Invalid`. */
export type Parser<T> = (value: string, files: Files) => T

export function text(value: string): string {
  return value
}

export function port(value: string): number {
  const number = Number(value)
  if (/^\d{1,5}$/.test(value) && number >= 1 && number <= 65535) return number
  throw new Invalid(`is not a port number: ${shown(value)}`, 'Write a number from 1 to 65535, e.g. 3000.')
}

/** Reads where to listen: an address or a name; null is loopback, IPv4 and IPv6. */
export function host(value: string): string | null {
  const name = value.replace(/^\[(.*)\]$/, '$1')
  if (isTargetTriplet(name)) {
    throw new Invalid(
      `is ${shown(value)}, which conda's compilers set. It is not an address`,
      'Run "unset HOST" before the start, or put an address before the command: HOST=127.0.0.1 npm start',
    )
  }
  if (isLocalhostName(name)) return null
  if (isIP(name) || /^(?!-)[a-z\d-]{1,63}(\.[a-z\d-]{1,63})*\.?$/i.test(name)) return name
  throw new Invalid(
    `is not an address to listen on: ${shown(value)}`,
    'Write 127.0.0.1 for this machine alone, or 0.0.0.0 for every network; no scheme and no port (that is PORT).',
  )
}

/** A compiler's name for a platform, e.g. x86_64-conda-linux-gnu or arm64-apple-darwin20.0.0. */
function isTargetTriplet(value: string): boolean {
  return /^[a-z\d_]+-(conda|apple|pc|unknown|redhat|w64)-|-(linux-gnu\w*|linux-musl\w*|mingw32|darwin[\d.]*)$/i.test(
    value,
  )
}

export function boolean(value: string): boolean {
  return choice(['true', 'false'])(value) === 'true'
}

export function choice<const T extends string>(values: readonly T[]): (value: string) => T {
  return (value) => {
    const found = values.find((each) => each.toLowerCase() === value.toLowerCase())
    if (found) return found
    throw new Invalid(`is none of the values it can have: ${shown(value)}`, `Write one of ${values.join(', ')}.`)
  }
}

/** Reads scopes (RFC 6749 §3.3 and A.4) and joins them with single spaces. Commas stay, because some providers need them. */
export function scope(value: string): string {
  const bad = /[^\x20\x21\x23-\x5b\x5d-\x7e]/u.exec(value)
  if (!bad) return value.split(/ +/).filter(Boolean).join(' ')
  throw new Invalid(
    `holds a character that no scope can have: ${shown(bad[0])}`,
    'Write scopes with a space between them, without quotes, e.g. openid offline_access',
  )
}
