import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { listPage } from '../../server/pages/list-page.js'
import { profilePage } from '../../server/pages/profile-page.js'
import type { Entry } from '../../server/tokens/entry.js'
import type { ListItem, TokenList } from '../../server/tokens/token-list.js'
import { endingAt, entry, NOW, proven, type Site, shown, site } from '../pages/fixtures.js'

const MINUTE = 60_000

const item = (number: number, label: string | null = null, session: string | null = null): ListItem => ({
  id: `AAAAAAA${number}`,
  label,
  number,
  listed: true,
  session,
})

describe('the page of one token among others', () => {
  let here: Site

  beforeAll(async () => {
    here = await site()
  })
  afterAll(() => here.close())

  function page(items: ListItem[], list: Partial<TokenList> = {}, tokens = proven('reusable'), where = here): string {
    const on = shown(tokens, { items, ...list })
    return where.pages.profile(profilePage(where.config, where.provider, { ...on, id: items[0]?.id ?? '' }, NOW))
  }
  const text = (html: string) => html.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')

  it('says nothing about others while it is the only one, and folds its name away', () => {
    const html = page([item(1)])
    expect(html).not.toContain('class="list"')
    expect(html).toMatch(/<details id="name">\s*<summary>Name this token<\/summary>/)
  })

  it('names the shown one and leads to the others, and opens the name, from the second on', () => {
    const html = page([item(2, 'greenhouse 2'), item(1, 'greenhouse 1')])
    expect(text(html)).toContain('2 tokens: greenhouse 2, greenhouse 1')
    expect(html).toContain('href="/profile?id=AAAAAAA1"')
    expect(page([item(2), item(1)])).toMatch(/<details id="name" open>/)
    const many = Array.from({ length: 9 }, (_, i) => item(i + 1))
    expect(text(page(many))).toContain('9 tokens: token 1, token 9, token 8, token 7, token 6, token 5, 3 more')
  })

  it('shows the name of the only one', () => {
    expect(text(page([item(1, 'greenhouse 1')]))).toContain('at Keycloak. Sign in as someone elsegreenhouse 1')
  })

  it('says the verdict before it asks for a name', () => {
    const html = page([item(3), item(2), item(1)])
    expect(html.indexOf('id="verdict"')).toBeLessThan(html.indexOf('<details id="name" open>'))
  })

  it("says that tokens of one session end together, and how to get one of one's own", () => {
    const words = text(page([item(2, 'b', 'same'), item(1, 'a', 'same'), item(3, 'c', 'other')]))
    expect(words).toContain('Same session as a. If you revoke one, the other ends, too.')
    const oneTime = text(page([item(2, 'b', 'same'), item(1, 'a', 'same')], {}, proven('one_time')))
    expect(oneTime).toContain('If you revoke one, or use a replaced one again, the other ends, too.')
    expect(words).toContain('To get a separate one, sign out at Keycloak first')
    const five = Array.from({ length: 5 }, (_, i) => item(i + 1, null, 'same'))
    expect(text(page(five))).toContain('Same session as token 5, token 4, token 3 and 1 more.')
    expect(text(page([item(2, 'b'), item(1, 'a')]))).not.toContain('Same session')
  })

  it('offers the list in the last five minutes of a session', () => {
    const ending = (left: number) => /<p id="ending"[^>]*>/.exec(page([item(1)], { ends: NOW + left }))?.[0]
    expect(ending(6 * MINUTE)).toContain('hidden')
    expect(ending(6 * MINUTE)).toContain('data-ends="360"')
    expect(ending(4 * MINUTE)).not.toContain('hidden')
  })

  it('asks before the sign-out only for a token that works and that nobody has taken', () => {
    const asks = (tokens = entry()) => /<form id="logout"[^>]*>/.exec(page([item(1)], {}, tokens))?.[0].includes('ask')
    expect(asks()).toBe(true)
    expect(asks(entry({ downloads: [{ format: 'json', file: 'config.json', fingerprint: '0', at: NOW }] }))).toBe(false)
    expect(asks(entry({ refresh_token: null }))).toBe(false)
    const dead = { reason: 'revoked' as const, error: null, error_description: null, at: NOW }
    expect(asks(entry({ dead }))).toBe(false)
  })

  it('says what another sign-in does to this token where the provider keeps few', async () => {
    const google = await site({
      OAUTH2_AUTHORIZATION_ENDPOINT: 'https://accounts.google.com/o/oauth2/v2/auth',
      OAUTH2_TOKEN_ENDPOINT: 'https://oauth2.googleapis.com/token',
    })
    const html = page([item(1)], {}, proven('reusable'), google)
    expect(html).toContain('Google keeps about 100 refresh tokens')
    expect(html).toContain('/auth/oauth2?prompt=select_account%20consent')
    expect(page([item(1)])).not.toContain('keeps about')
    await google.close()
  })
})

describe('the page of the list', () => {
  let here: Site

  beforeAll(async () => {
    here = await site()
  })
  afterAll(() => here.close())

  const dead = { reason: 'revoked' as const, error: null, error_description: null, at: NOW }
  const downloads = [{ format: 'json', file: 'config.json', fingerprint: '00000000', at: NOW }]

  /** Of tokens in one session, the first one minted first. */
  function pageOf(...tokens: Entry[]): string {
    const items = tokens.map((_, i) => item(i + 1, null, 'same'))
    const { list } = shown(entry(), { items })
    const on = { at: '', list: '', label: null, version: 1 }
    const entries = tokens.map((entry, i) => ({ ...on, id: `AAAAAAA${i + 1}`, entry }))
    return here.pages.tokens(listPage(here.config, here.provider, { list, entries }, NOW))
  }
  const card = (html: string, number: number) => {
    const from = html.indexOf(`data-token="AAAAAAA${number}"`)
    return html.slice(from, html.indexOf('</li>', from))
  }

  it('warns of a shared session only tokens that still work, and of no other ones', () => {
    const html = pageOf(proven('reusable'), proven('reusable'), proven('reusable', { dead }))
    expect(card(html, 1)).toContain('as <bdi>token 2</bdi>: if you revoke one')
    expect(card(html, 3)).not.toContain('Same session')
    expect(pageOf(proven('reusable'), proven('reusable', { dead }))).not.toContain('Same session')
  })

  it('promises nothing about a dead token', () => {
    const html = pageOf(proven('reusable', { dead, ...endingAt(NOW + 5 * 86_400_000) }))
    expect(card(html, 1)).not.toMatch(/Ends|isn't used/)
    expect(card(pageOf(proven('reusable')), 1)).toContain("If it isn't used")
  })

  it('ticks the steps that are done', () => {
    const done = (html: string) => html.match(/<li class="done">/g)?.length
    expect(done(pageOf(entry()))).toBe(2)
    expect(done(pageOf(proven('reusable')))).toBe(3)
    expect(done(pageOf(proven('reusable', { downloads }), entry()))).toBe(4)
    expect(done(pageOf(proven('reusable', { dead })))).toBe(2)
  })
})
