import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ConfigError, formatProblems, loadConfig } from '../../server/config/config.js'
import { slow } from '../support/tools.js'

const PROVIDER = { OAUTH2_ISSUER: 'https://kc.example/realms/r', OAUTH2_CLIENT_ID: 'node-7' }
const load = (text: string, env: Record<string, string> = PROVIDER) =>
  loadConfig(env, { dotenv: { path: '/app/.env', text } })

/** The mistakes of a `.env` file; null where it is taken. */
function mistakes(text: string, env?: Record<string, string>): ConfigError | null {
  try {
    load(text, env)
    return null
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

describe('a line of .env that dotenv reads differently from how it is written', () => {
  const rows: [what: string, line: string, name: string, words: string[]][] = [
    [
      'a secret that begins with # (vlucas/phpdotenv#276)',
      'OAUTH2_CLIENT_SECRET=#abc',
      'OAUTH2_CLIENT_SECRET',
      ['comment'],
    ],
    ['the same behind a space', 'OAUTH2_CLIENT_SECRET= #abc', 'OAUTH2_CLIENT_SECRET', ['comment']],
    ['a # inside a secret', 'OAUTH2_CLIENT_SECRET=a#bcdef', 'OAUTH2_CLIENT_SECRET', ['cut short at a #']],
    [
      'a # after a space inside a secret',
      'OAUTH2_CLIENT_SECRET=ab #cdef',
      'OAUTH2_CLIENT_SECRET',
      ['cut short at a #'],
    ],
    ['a # inside an exported value', 'export SITE_CONTACT=room#3', 'SITE_CONTACT', ['cut short at a #']],
    ['a quote that stays open', "OAUTH2_CLIENT_SECRET='abc", 'OAUTH2_CLIENT_SECRET', ["a quote (')"]],
    [
      'a value over two lines',
      'OAUTH2_CLIENT_SECRET="abc\ndef"',
      'OAUTH2_CLIENT_SECRET',
      ['a quote (")', 'on one line'],
    ],
    [
      'text behind the closing quote',
      "OAUTH2_CLIENT_SECRET='it's'",
      'OAUTH2_CLIENT_SECRET',
      ['behind the closing quote'],
    ],
    ['an escaped quote', 'OAUTH2_CLIENT_SECRET="a\\"b"', 'OAUTH2_CLIENT_SECRET', ['backslash']],
    ['a line break by its escape', 'OAUTH2_CLIENT_SECRET="a\\nb"', 'OAUTH2_CLIENT_SECRET', ['backslash']],
    ['a backslash in double quotes', 'OAUTH2_CLIENT_SECRET="a\\\\b"', 'OAUTH2_CLIENT_SECRET', ['several ways']],
    ['a backslash before the closing quote', "OAUTH2_CLIENT_SECRET='abc\\'", 'OAUTH2_CLIENT_SECRET', ['backslash']],
    ['a variable', `BASE_URL=http://localhost:\${PORT}`, 'BASE_URL', ['variables are not replaced']],
    ['a variable in double quotes', `OAUTH2_SCOPE="\${SCOPE}"`, 'OAUTH2_SCOPE', ['variables are not replaced']],
    ['a zero-width space in the name', 'OAUTH2_\u200bISSUER=https://kc.example', 'OAUTH2_ISSUER', ['in its name']],
    [
      'a zero-width space in the value',
      "OAUTH2_CLIENT_SECRET='ab\u200bc'",
      'OAUTH2_CLIENT_SECRET',
      ['zero-width space'],
    ],
    [
      'a no-break space at the end, which would be cut off',
      'OAUTH2_CLIENT_SECRET=abc\u00a0',
      'OAUTH2_CLIENT_SECRET',
      ['no-break'],
    ],
    ['a line separator', 'OAUTH2_CLIENT_SECRET=ab\u2028c', 'OAUTH2_CLIENT_SECRET', ['\\u{2028}']],
    ['a line of PowerShell', '$env:OAUTH2_SCOPE = "openid"', 'OAUTH2_SCOPE', ['Begin the line with OAUTH2_SCOPE=']],
    ["a line of Windows' prompt", 'set OAUTH2_SCOPE=openid', 'OAUTH2_SCOPE', ['Begin the line']],
    ['a name without =', 'OAUTH2_SCOPE openid', 'OAUTH2_SCOPE', ['not written as NAME=VALUE']],
    [
      'a quote of the next line',
      "OAUTH2_CLIENT_SECRET=\n'abc'",
      'OAUTH2_CLIENT_SECRET',
      ['differently from how it is written'],
    ],
    ["a secret's file", 'OAUTH2_CLIENT_SECRET_FILE=/run/a#b', 'OAUTH2_CLIENT_SECRET_FILE', ['cut short at a #']],
    ['a proxy in lower case', 'https_proxy=http://u:p#w@proxy', 'https_proxy', ['cut short at a #']],
  ]
  it.each(rows)('is a mistake: %s', (_what, line, name, words) => {
    const { OAUTH2_ISSUER: _, ...others } = PROVIDER
    const error = mistakes(`PORT=4000\n${line}\n`, name === 'OAUTH2_ISSUER' ? others : PROVIDER)
    expect(error?.problems.map((problem) => problem.name)).toEqual([name])
    const said = formatProblems(error as ConfigError)
    expect(said).toContain(`${name} in /app/.env, line 2, `)
    for (const word of words) expect(said).toContain(word)
  })

  it('is a mistake: the line that an open quote of another program swallows', () => {
    const error = mistakes("GREETING='tis me\nOAUTH2_CLIENT_SECRET='#abc'\n")
    expect(error?.message).toMatch(
      /^OAUTH2_CLIENT_SECRET in \/app\/\.env, line 2, is read differently from how it is written: a quote in another line/,
    )
  })

  it('is a mistake without =, and is named by its number, since it may be a secret', () => {
    const error = mistakes('PORT=4000\n\nhush-hush\r\n')
    expect(formatProblems(error as ConfigError)).toMatch(/ Line 3 of \/app\/\.env has no =, so it is not read\.\n/)
    expect(error?.message).not.toContain('hush')
  })

  it('names the cure, and never the value', () => {
    const said = formatProblems(mistakes('OAUTH2_CLIENT_SECRET=hush#hush') as ConfigError)
    expect(said).toContain("OAUTH2_CLIENT_SECRET='…'")
    expect(said).not.toContain('hush')
  })

  it.each([
    ['a comment on a line without a setting', '# OAUTH2_CLIENT_SECRET=#abc'],
    ['a comment behind a space', 'OAUTH2_CLIENT_SECRET=abc # ours'],
    ['a comment behind an empty value', 'OAUTH2_CLIENT_SECRET= # none'],
    ['a comment behind quotes', "OAUTH2_CLIENT_SECRET='a#b' #ours"],
    ["another program's value", `DB_PASSWORD=a#b\nDB_URL="\${DB_HOST}\\n`],
    ["another program's key over several lines", 'KEY="-----BEGIN\nabc=\n-----END" # key\nPORT=4000'],
    ['a name that a shell exports', 'DB_URL=x\nexport DB_URL'],
    ['a dollar sign', 'OAUTH2_CLIENT_SECRET=pa$$word'],
    ['a variable in single quotes', `OAUTH2_CLIENT_SECRET='\${abc}'`],
    ['the spelling of YAML', 'OAUTH2_CLIENT_SECRET: abc'],
    ['a line that the environment overrides', "OAUTH2_CLIENT_ID=#abc\nOAUTH2_CLIENT_ID='abc"],
  ])('is not: %s', (_what, text) => {
    expect(mistakes(text)).toBeNull()
  })

  it('takes the last of two lines, as a shell does', () => {
    expect(load('PORT=4000\nPORT=5000\n').port).toBe(5000)
  })
})

/** The client secret of a `.env` file, '' where it has none; null where the start is refused. */
function secretIn(text: string): string | null {
  try {
    return load(text).oauth2.clientSecret ?? ''
  } catch (error) {
    if (error instanceof ConfigError) return null
    throw error
  }
}

/** Characters that dotenv, shells and people treat in a special way, more often than others. */
const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('#', ' #', "'", '"', '`', '\\', '\\n', '$', `\${A}`, '=', ' ', '\t', '\n', '\r\n'),
  },
  { weight: 1, arbitrary: fc.constantFrom('\u200b', '\u00a0', '\ufeff', '\ufffd', '\u2028', 'é', '🔑') },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }) },
  { weight: 3, arbitrary: fc.stringMatching(/^[a-zA-Z0-9+/=_-]{1,8}$/) },
)
const anyValue = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
const before = fc.constantFrom('', 'PORT=4000\n', "OTHER='x'\n", 'OTHER="open\n', '# note\n', "NAME='tis\n")
const after = fc.constantFrom('', '\n', '\nPORT=4000\n', "\nOTHER='x'\n", '\n# it\'s "it"\n', "\nOTHER=''\n")

/** What a person wrote, by the rules of quoting, worked out in another way than by the app. */
function meant(written: string): string {
  const [line = ''] = written.split(/\r\n?|\n/)
  const text = line.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')
  const [quote = ''] = text
  const value = ['"', "'", '`'].includes(quote) ? text.slice(1).split(quote)[0] : text.replace(/(^|[ \t]+)#.*$/s, '')
  // A value of spaces counts as unset.
  return value?.trim() ? value : ''
}

describe('for any value', () => {
  const taken = { plain: 0, quoted: 0 }

  slow('the secret is what stands behind =, or the start is refused', () => {
    fc.assert(
      fc.property(anyValue, fc.constantFrom('', "'", '"', '`'), before, after, (value, quote, above, below) => {
        const written = `${quote}${value}${quote}`
        const text = `${above}OAUTH2_CLIENT_SECRET=${written}${below}`
        const read = secretIn(text)
        if (read === null) return
        taken[quote === '' ? 'plain' : 'quoted'] += 1
        expect(read).toBe(meant(written))
      }),
      { numRuns: 5_000 },
    )
    // The property says nothing if hardly anything is taken.
    expect(taken.plain).toBeGreaterThan(100)
    expect(taken.quoted).toBeGreaterThan(500)
  })

  it('of letters, digits and signs, single quotes are always taken', () => {
    const visible = fc
      .array(fc.constantFrom(...'aZ09#$"`=+/%&!?;:,.(){}[]<>|*~^@é🔑'), { minLength: 1, maxLength: 20 })
      .map((all) => all.join(''))
    fc.assert(
      fc.property(
        visible,
        fc.constantFrom('', 'PORT=4000\n'),
        fc.constantFrom('', '\nPORT=4000'),
        (value, above, below) => {
          fc.pre(!/^".*"$/.test(value))
          expect(load(`${above}OAUTH2_CLIENT_SECRET='${value}'${below}`).oauth2.clientSecret).toBe(value)
        },
      ),
      { numRuns: 500 },
    )
  })
})
