import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from '@jest/globals'
import { textOf, unescaped } from '../pages/fixtures.js'
import { startApp } from '../support/app.js'
import { slow } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'
import { ROWS, type Row } from './devices/providers.js'
import { DAY, startScripted } from './devices/script.js'

const JSON_PLEASE = { accept: 'application/json' }
const MATRIX: string[][] = []

/** Signs in at a scripted provider, tests the token, and reads what the page says. */
async function mintAt({ behaviour, paths, at, discovered, publicClient }: Row) {
  let time = Date.UTC(2026, 2, 1, 12)
  const now = () => time
  const provider = await startScripted(behaviour, paths, now)
  const app = await startApp(
    {
      OAUTH2_CLIENT_ID: 'sensor',
      ...(!publicClient && { OAUTH2_CLIENT_SECRET: 'secret' }),
      ...(discovered
        ? { OAUTH2_ISSUER: provider.url }
        : {
            OAUTH2_AUTHORIZATION_ENDPOINT: at ?? `${provider.url}${paths.authorize}`,
            OAUTH2_TOKEN_ENDPOINT: `${provider.url}${paths.token}`,
            ...(behaviour.introspection && { OAUTH2_INTROSPECTION_ENDPOINT: `${provider.url}/introspect` }),
            ...(behaviour.userinfo && { OAUTH2_USERINFO_ENDPOINT: `${provider.url}/userinfo` }),
          }),
    },
    {
      now,
      pause: async (ms) => {
        time += ms
      },
    },
  )
  const visitor = new Visitor(app)
  const signIn = async () => {
    const asked = new URL((await visitor.get('/auth/oauth2')).headers.get('location') ?? '').searchParams
    const back = new URLSearchParams({ code: 'code', state: asked.get('state') ?? '' })
    expect((await visitor.get(`/auth/oauth2/callback?${back}`)).status).toBe(303)
  }
  await signIn()
  const { verdict } = (await visitor.post('/auth/prove', {}, JSON_PLEASE)).json
  const html = unescaped((await visitor.get('/profile')).text)
  const answer = (await visitor.get('/profile', JSON_PLEASE)).json
  const config = JSON.parse((await visitor.get('/profile/device-config/json')).text)
  return {
    verdict,
    page: html.replace(/\s+/g, ' '),
    headline: textOf(html, 'verdict').replace(/\s+/g, ' ').trim(),
    answer,
    usage: config.refresh_token_usage as 'keep' | 'store',
    signIn,
    now,
    later: (ms: number) => {
      time += ms
    },
    device: deviceWith(config.refresh_token, config.refresh_token_usage, `${provider.url}${paths.token}`, provider.url),
    async close() {
      await app.close()
      await provider.close()
    },
  }
}

/** A device that keeps or stores as it was told: refreshes, and calls its API. Returns whether that worked. */
function deviceWith(first: string, usage: 'keep' | 'store', tokenEndpoint: string, api: string) {
  let held = first
  return async (): Promise<boolean> => {
    const body = { grant_type: 'refresh_token', refresh_token: held, client_id: 'sensor', client_secret: 'secret' }
    const answer = await fetch(tokenEndpoint, { method: 'POST', body: new URLSearchParams(body) })
    if (!answer.ok) return false
    const { access_token, refresh_token } = (await answer.json()) as Record<string, string>
    if (usage === 'store' && refresh_token) held = refresh_token
    return (await fetch(`${api}/api`, { headers: { authorization: `Bearer ${access_token}` } })).ok
  }
}

type Minted = Awaited<ReturnType<typeof mintAt>>

/** Ten uses, and then on past the stated end, or for 120 days where none is stated: when it stopped; null if it never did. */
async function follow({ device, later, now, answer }: Minted): Promise<number | null> {
  const began = now()
  const end = Date.parse(answer.refresh_token_expires_at ?? '')
  const shortest = Math.min(DAY, (Number.isNaN(end) ? 30 * DAY : end - began) / 20)
  const until = Math.max(Number.isNaN(end) ? 0 : end + shortest, began + Math.max(shortest * 25, 120 * shortest))
  for (let use = 0; use < 10 || now() < until; use++) {
    if (!(await device())) return now() - began
    later(shortest)
  }
  return null
}

describe('a device does what the page says', () => {
  /** Each takes some seconds, since the two refreshes of a test are more than one apart. */
  const testOf = ({ name }: Row) => (name.startsWith('Keycloak') ? it : slow)
  for (const row of ROWS) testOf(row)(row.name, () => does(row))

  async function does(row: Row): Promise<void> {
    const minted = await mintAt(row)
    const { verdict, usage, headline, page, answer } = minted
    const life = await follow(minted)
    const days = life === null ? null : life / DAY
    const end = answer.refresh_token_expires_at
    MATRIX.push([
      row.name,
      verdict,
      answer.verdict_basis ?? '',
      usage,
      headline,
      life === null
        ? 'worked on'
        : `stopped after ${days && days >= 2 ? `${days.toFixed(0)} days` : `${Math.round(life / 60_000)} minutes`}, as the page said`,
      row.source,
    ])
    await minted.close()
    expect({ usage, headline }).toEqual({ usage: row.usage, headline: expect.any(String) })
    if (row.told) expect(page).toMatch(row.told)
    // Told to live, and dead: the one thing that must never happen.
    if (life !== null)
      expect({ stopped: headline, told: row.told !== undefined }).toEqual({ stopped: headline, told: true })
    if (life !== null && end !== null && /whatever the device does/.test(page)) {
      expect(minted.now()).toBeGreaterThanOrEqual(Date.parse(end) - DAY)
    }
    if (usage === 'keep') expect(headline).toMatch(/put it in the device and leave it/)
    else expect(headline).not.toMatch(/leave it/)
  }

  it('Dex, twice for one user: the page says before what the second sign-in does', async () => {
    const minted = await mintAt(ROWS.find(({ name }) => name === 'Dex') as Row)
    expect(minted.page).toContain('another sign-in revokes the token that you have now')
    expect(await minted.device()).toBe(true)
    await minted.signIn()
    expect(await minted.device()).toBe(false)
    await minted.close()
  })

  afterAll(() => {
    if (process.env.WRITE_TABLE) writeFileSync(new URL('../../docs/verdicts.md', import.meta.url), document())
  })
})

const cell = (text: string) => text.replaceAll('|', '\\|')

function document(): string {
  const head = ['provider', 'verdict', 'basis', 'usage', 'the page said', 'what became of the device', 'source']
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`
  return `# What the page says, and what becomes of the device

Written by \`WRITE_TABLE=1 npm run test:only -- test/proof/devices-follow.test.ts\`. Each provider is a script that behaves as its
documentation says, with a clock that the test moves. The device beside it keeps or stores the token as the page told it to,
refreshes and calls its API at least ten times and past the stated end.

${[line(head), line(head.map(() => '---')), ...MATRIX.map(line)].join('\n')}
`
}
