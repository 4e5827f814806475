import type { DestinationStream } from 'pino'

const LEVELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }

/** Writes each log line as people read it: `12:00:00 warn  request failed  code=provider_timeout status=504`. */
export const peopleRead = (stream: { write(text: string): unknown }): DestinationStream => ({
  write: (json) => void stream.write(line(json)),
})

function line(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>
  const word = LEVELS[Number(level)] ?? String(level)
  const written = Object.entries(fields).map(([name, value]) => `  ${name}=${shown(value)}`)
  return `${String(time).slice(11, 19)} ${word.padEnd(5)} ${String(msg ?? '')}${written.join('')}\n`
}

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : (JSON.stringify(value) ?? '')
