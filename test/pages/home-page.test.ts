import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Config } from '../../server/config/config.js'
import { homePage } from '../../server/pages/home-page.js'
import { entry, proven, type Site, site, unescaped } from './fixtures.js'

const PATH = '/home/dana/mint/.env'

describe('the home page', () => {
  let here: Site

  beforeAll(async () => {
    here = await site()
  })
  afterAll(() => here.close())

  const nobody = { signedIn: false, signedOut: null, mayPaste: true, inspects: false, entries: [] }
  const home = (changes: Partial<Config> = {}, visitor: Partial<Parameters<typeof homePage>[3]> = {}) =>
    unescaped(here.pages.home(homePage({ ...here.config, ...changes }, here.provider, [], { ...nobody, ...visitor })))
  const demo = (found: boolean, guarded = false) =>
    home({
      demo: true,
      guarded,
      startedAs: 'node dist/main.js',
      envFile: { path: PATH, found, taken: [], overridden: [] },
    })

  it("says in the demo how to use one's own provider, and asks to register nothing at the demo", () => {
    const html = demo(false)
    expect(html).toContain(
      `<code>node dist/main.js init</code>. It asks for three values and writes them into <code>${PATH}`,
    )
    for (const name of ['OAUTH2_ISSUER=', 'OAUTH2_CLIENT_ID=', 'OAUTH2_CLIENT_SECRET=']) expect(html).toContain(name)
    expect(html.match(/http:\/\/localhost:3000\/auth\/oauth2\/callback<\/code>/g)).toHaveLength(2)
    expect(html).not.toContain('Register exactly this URL')
  })

  it('offers no init where it would refuse the file that is there', () => {
    expect(demo(true)).toContain(`Add these lines to <code>${PATH}</code>`)
    expect(demo(true)).not.toContain('init</code>')
  })

  it('tells other machines no path of this one', () => {
    expect(demo(false, true)).not.toContain(PATH)
  })

  it('asks to register the callback URL at a real provider, and says no more about it', () => {
    expect(home()).toContain('Register exactly this URL for the client at the provider.')
    expect(home()).not.toContain('id="own-provider"')
  })

  it('ticks the steps that are done', () => {
    const done = (html: string) => html.match(/<li class="done">/g)?.length
    expect(done(home({}, { signedIn: true, entries: [entry()] }))).toBe(2)
    expect(done(home({}, { signedIn: true, entries: [proven('reusable')] }))).toBe(3)
  })

  it.each(['signed_out', 'ended'] as const)('promises no life to a revoked token (%s)', (signedOut) => {
    expect(home({}, { signedOut })).toContain('A refresh token that you copied keeps working unless you revoked it.')
  })
})
