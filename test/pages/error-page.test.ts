import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AppError, ERRORS, type ErrorCode } from '../../server/errors.js'
import { type AtProvider, errorPage } from '../../server/pages/error-page.js'
import { type Site, site, textOf } from './fixtures.js'

describe('an error page', () => {
  let here: Site

  beforeAll(async () => {
    here = await site()
  })
  afterAll(() => here.close())

  const show = (error: AppError, signedIn: boolean, at: AtProvider = here, user?: string) =>
    here.pages.error(errorPage(error, { signedIn, requestId: 'r-1', user }, at))

  it.each((Object.keys(ERRORS) as ErrorCode[]).flatMap((code) => [[code, true] as const, [code, false] as const]))(
    '%s, signed in: %s, says what happened, how the token is, what to do, with one button',
    (code, signedIn) => {
      const html = show(new AppError(code, 'What happened.', { hint: 'What to turn.' }), signedIn)
      expect(html).toContain(ERRORS[code].title.replaceAll("'", '&#39;'))
      expect(html).toContain('What happened.')
      expect(html).toContain('What to turn.')
      expect(html).toMatch(/<dt>Your token<\/dt><dd>[A-Z].+\.<\/dd>/)
      expect(html.match(/class="button/g)).toHaveLength(1)
      const [, href] = /class="button primary" href="([^"]+)"/.exec(html) ?? []
      if (!signedIn) expect(href).not.toMatch(/^\/profile/)
    },
  )

  it('leads to another sign-in, and to the tokens, when the refresh token is dead', () => {
    const html = show(new AppError('invalid_grant', 'It is dead.'), true)
    expect(html).toContain('href="/auth/oauth2"')
    expect(html).toContain('href="/profile"')
  })

  it('quotes the provider as text', () => {
    const error_description = '<img src=x onerror=alert(1)>'
    const html = show(new AppError('provider_error', 'It refused.', { extra: { error_description } }), false)
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(html).not.toContain('<img')
  })

  it('hands over, whole, a token that the store did not take', () => {
    const refresh_token = 'a"b<c>&d'
    const html = show(new AppError('store_unavailable', 'Not stored.', { extra: { refresh_token } }), true)
    expect(textOf(html, 'refresh-token')).toBe(refresh_token)
    expect(html).toContain('data-copy="#refresh-token"')
    expect(html).toContain('Only this page has your current token')
  })

  it('has a text for an administrator, which names the user, the client and the realm', () => {
    const hint = 'Assign the role.'
    const lacksRole = new AppError('provider_error', 'No role.', { hint, extra: { error: 'not_allowed' } })
    const issuer = 'https://sso.example.org/realms/r'
    const at = { ...here, config: { oauth2: { ...here.config.oauth2, issuer } } }
    const text = textOf(show(lacksRole, true, at, 'dana'), 'to-admin')
    expect(text).toContain('No role. To fix it: Assign the role.')
    expect(text.split('\n').slice(1)).toEqual(['', 'User: dana', 'Client: sensor', `Realm: ${issuer}`])
    expect(textOf(show(lacksRole, false, at), 'to-admin')).not.toContain('User')
  })

  it("names Keycloak's icon for another person where the provider is a Keycloak, which the demo provider is not", () => {
    const lacksRole = new AppError('provider_error', 'No role.', { extra: { error: 'not_allowed' } })
    expect(show(lacksRole, false)).toContain('Restart login')
    expect(show(lacksRole, false, { ...here, provider: { ...here.provider, demo: true } })).not.toContain(
      'Restart login',
    )
    const other = { ...here.provider, preset: { ...here.provider.preset, id: 'generic' } }
    expect(show(lacksRole, false, { ...here, provider: other })).not.toContain('Restart login')
  })

  it('names the request only where the log tells more', () => {
    expect(show(new AppError('internal_error', 'A mistake.'), false)).toContain('r-1')
    expect(show(new AppError('not_found', 'Nothing here.'), false)).not.toContain('r-1')
  })
})
