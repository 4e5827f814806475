import type { ListRow } from './rows.js'

const COLUMNS = [
  'id',
  'label',
  'username',
  'subject',
  'issuer',
  'client_id',
  'fingerprint',
  'downloaded_fingerprint',
  'file',
  'session',
  'minted_at',
  'verdict',
  'refresh_token_expires_at',
  'use_before',
  'refresh_token_usage',
] as const satisfies readonly (keyof ListRow)[]

/** The list as CSV (RFC 4180), with its header; unknown is empty. */
export function csv(rows: readonly ListRow[]): string {
  const lines = [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => cell(row[column])))]
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('')
}

/** Quoted always. A spreadsheet takes what begins with one of these characters for a formula: an apostrophe makes it text. */
function cell(value: string | null): string {
  const text = value ?? ''
  const harmless = /^[\s\p{Z}]*[=+\-@＝＋－＠|%]/u.test(text) ? `'${text}` : text
  return `"${harmless.replaceAll('"', '""')}"`
}
