import { OPTIONS, type Option } from './options.js'

const ENTRIES = Object.entries(OPTIONS) as [string, Option<unknown>][]
const BEGIN = '<!-- settings: written by "npm run docs" -->\n'
const END = '\n<!-- end of settings -->'

/** Writes `.env.example`: every option, commented out. */
export function envExample(): string {
  const head = [
    '# Settings of Offline Token Mint. Copy this file to .env, remove the # in front of the settings you need, and fill them in.',
    '# For your own provider, set the first three. The values shown are the defaults.',
    '# An environment variable replaces the value in this file, unless the variable is empty.',
    '# Put a value in single quotes if it has a #, a double quote or a backslash in it, or a space at its start or end.',
    "# A secret can be in a file of its own: set OAUTH2_CLIENT_SECRET_FILE or SESSION_SECRET_FILE to that file's path.",
  ].join('\n')
  const entries = ENTRIES.map(([name, { help, default: value }]) =>
    isWords(value) ? `# ${help}\n# Default: ${value.slice(1, -1)}\n# ${name}=` : `# ${help}\n# ${name}=${value}`,
  )
  return `${[head, ...entries].join('\n\n')}\n`
}

/** Replaces the README's table of settings, between the two comments that mark its place. */
export function withSettingsTable(readme: string): string {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`The README lacks the lines ${BEGIN.trim()} and ${END.trim()}.`)
  return readme.slice(0, begin) + BEGIN + settingsTable() + readme.slice(end)
}

function settingsTable(): string {
  const rows = ENTRIES.map(([name, { help, default: value, secret }]) => {
    const names = secret ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``
    return `| ${names} | ${defaultCell(value)} | ${help} |`
  })
  return ['| name | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

function defaultCell(value: string): string {
  if (isWords(value)) return value.slice(1, -1).replace(/^http\S+$/, '`$&`')
  return value && `\`${value}\``
}

function isWords(value: string): boolean {
  return value.startsWith('(')
}
