import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AppError, ERRORS, type ErrorCode } from '../../server/errors.js'
import { errorPage } from '../../server/pages/error-page.js'
import { type Site, site, textOf } from './fixtures.js'

describe('an error page', () => {
  let pages: Site['pages']
  let close: Site['close']

  beforeAll(async () => {
    ;({ pages, close } = await site())
  })
  afterAll(() => close())

  const show = (error: AppError, signedIn: boolean) => pages.error(errorPage(error, { signedIn, requestId: 'r-1' }))

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

  it('names the request only where the log tells more', () => {
    expect(show(new AppError('internal_error', 'A mistake.'), false)).toContain('r-1')
    expect(show(new AppError('not_found', 'Nothing here.'), false)).not.toContain('r-1')
  })
})
