import { PRESETS } from '../presets.js'
import type { Cause, Where } from './cause.js'
import { CAUSES } from './causes.js'

const PLACES: Record<Where, string> = {
  callback: 'after the sign-in',
  token: 'code exchange',
  refresh: 'refresh',
  introspection: 'introspection',
  revocation: 'revocation',
  device: 'device code request',
  check: "on the provider's page",
}

/** Writes the table of causes as Markdown: `docs/troubleshooting.md`. */
export function troubleshootingDocument(): string {
  return [
    '# Troubleshooting',
    '',
    'Look up an error that your device reports: what the provider says, what it means, and what to do. The app uses the same',
    'table and shows you the line that fits. `npm run docs` writes this file.',
    '',
    '"…" stands for any text. We tried Keycloak 16.1.1, 24.0.5 and 26.7.2 ourselves; a few of its texts come from older releases.',
    'Everything about the other providers comes from their documentation, their source code and public reports.',
    ...PRESETS.flatMap((preset) => section(preset.id === 'generic' ? null : preset.id, preset.name)),
    '',
  ].join('\n')
}

function section(provider: string | null, name: string): string[] {
  const causes = CAUSES.filter((cause) => cause.provider === provider)
  const title = provider === null ? 'Any provider' : name
  if (causes.length === 0) return ['', `## ${title}`, '', 'We know no errors of this provider yet.']
  return [
    '',
    `## ${title}`,
    '',
    '| error | step | what it means | what to do |',
    '|---|---|---|---|',
    ...causes.map(row),
  ]
}

function row(cause: Cause): string {
  const seen = [
    cause.status === undefined ? null : `HTTP ${cause.status}`,
    cause.error === null ? null : `\`${cause.error}\``,
    cause.description === null ? null : `"${cause.description}"`,
  ].filter((part) => part !== null)
  const where = cause.where.map((place) => PLACES[place]).join(', ')
  return `| ${[seen.join(' '), where, cause.means, cause.hint].map(cell).join(' | ')} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
