import { PRESETS } from '../presets.js'
import type { Cause, Where } from './cause.js'
import { CAUSES } from './causes.js'

const PLACES: Record<Where, string> = {
  callback: 'back from the sign-in',
  token: 'when the code is redeemed',
  refresh: 'on a refresh',
  introspection: 'on introspection',
  revocation: 'on revocation',
  device: 'when a device code is asked for',
  check: "on the provider's page",
}

/** The table of causes as a Markdown document: `docs/troubleshooting.md`. */
export function troubleshootingDocument(): string {
  return [
    '# Troubleshooting',
    '',
    'What providers say when something fails, what it means, and the switch that cures it. The app looks into the same table',
    'and shows you the one line that fits, so come here when a device tells you an error. This file is written by `npm run docs`.',
    '',
    '"…" stands for any text. Keycloak\'s words are those of 16.1.1, 24.0.5 and 26.7.2, a few of older ones; the rest comes from the',
    "providers' documents, their sources and public reports.",
    ...PRESETS.flatMap((preset) => section(preset.id === 'generic' ? null : preset.id, preset.name)),
    '',
  ].join('\n')
}

function section(provider: string | null, name: string): string[] {
  const causes = CAUSES.filter((cause) => cause.provider === provider)
  const title = provider === null ? 'Any provider' : name
  return ['', `## ${title}`, '', '| seen | where | means | what to do |', '|---|---|---|---|', ...causes.map(row)]
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
