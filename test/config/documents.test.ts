import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { OPTIONS, type Option } from '../../server/config/options.js'
import { loadConfig } from '../../server/config.js'

const options = Object.entries(OPTIONS) as [string, Option<unknown>][]
const isWords = (text: string) => text.startsWith('(')

function envExample(): string {
  const head = [
    '# Settings of Offline Token Mint, all with their defaults. Copy this file to .env and take away the # before what you set.',
    '# A variable of the environment wins over this file; an empty one counts as unset. Put values with a # or a space at',
    '# their ends in single quotes. For each secret, NAME_FILE may name a file that holds it.',
  ]
  const entries = options.map(([name, { help, default: value }]) =>
    isWords(value) ? `# ${help}\n# Default: ${value.slice(1, -1)}\n# ${name}=` : `# ${help}\n# ${name}=${value}`,
  )
  return `${head.join('\n')}\n\n${entries.join('\n\n')}\n`
}

function settingsTable(): string {
  const rows = options.map(([name, { help, default: value, secret }]) => {
    const names = secret ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``
    const defaultCell = isWords(value) ? value.slice(1, -1).replace(/^http\S+$/, '`$&`') : value && `\`${value}\``
    return `| ${names} | ${defaultCell} | ${help} |`
  })
  return ['| name | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

const BEGIN = '<!-- settings: written by test/config/documents.test.ts -->\n'
const END = '\n<!-- end of settings -->'

function readme(): string {
  const text = readFileSync('README.md', 'utf8')
  return text.slice(0, text.indexOf(BEGIN) + BEGIN.length) + settingsTable() + text.slice(text.indexOf(END))
}

// WRITE_DOCUMENTS=1 brings both up to date after a change of the table.
if (process.env.WRITE_DOCUMENTS) {
  writeFileSync('.env.example', envExample())
  writeFileSync('README.md', readme())
}

describe('the table of options', () => {
  it('is what .env.example says', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(envExample())
  })

  it('is what the README says', () => {
    const text = readFileSync('README.md', 'utf8')
    expect(text).toContain(BEGIN)
    expect(text).toBe(readme())
  })

  it('changes nothing when every line of .env.example is taken as it stands', () => {
    const dotenv = envExample().replace(/^# (?=\w+=)/gm, '')
    const randomSecret = () => 'made up'
    expect(loadConfig({}, { dotenv, randomSecret })).toEqual(loadConfig({}, { randomSecret }))
  })
})
