import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { FORMATS } from '../../server/device-config/formats.js'
import { PLACES } from '../../server/device-config/places.js'
import { PROGRAMS } from '../../server/device-config/programs.js'
import { fingerprint } from '../../server/tokens/fingerprint.js'
import { entry, jwt, NOW, proven, SECRET, type Site, site, textOf, unescaped } from './fixtures.js'

describe('the profile page', () => {
  let here: Site

  beforeAll(async () => {
    here = await site()
  })
  afterAll(() => here.close())

  it('holds both tokens, exactly, and every hook', async () => {
    const tokens = entry({ refresh_token: `1//0g"quoted"&<b>'x'`, access_token: 'opaque+/=&amp;' })
    const html = await here.profile(tokens)
    expect(textOf(html, 'refresh-token')).toBe(tokens.refresh_token)
    expect(textOf(html, 'access-token')).toBe(tokens.access_token)
    for (const hook of [
      'data-copy="#refresh-token"',
      'data-copy="#access-token"',
      'role="status"',
      'data-verdict=""',
    ]) {
      expect(html).toContain(hook)
    }
    for (const [id, action] of Object.entries({
      refresh: 'refresh',
      prove: 'prove',
      revoke: 'revoke',
      logout: 'logout',
    })) {
      expect(html).toContain(`<form id="${id}" method="post" action="/auth/${action}"`)
    }
    expect(html.match(/href="\/auth\/oauth2\?next=AAAAAAAA"/g)).toHaveLength(1)
  })

  it('links every format and program by its URL, whatever place is chosen', async () => {
    const html = await here.profile(proven('reusable'))
    for (const { id } of [...FORMATS, ...PROGRAMS])
      expect(html).toContain(`href="/profile/device-config/${id}?id=AAAAAAAA"`)
  })

  it.each([
    [entry(), '', 'Not proven yet.', 'It harms nothing.'],
    [entry({ origin: 'brought' }), '', 'Not proven yet.', 'the copy in a device is dead then'],
    [proven('reusable'), 'reusable', 'Reusable.', "(Keycloak's default: 30 days)"],
    [
      proven('reusable', { refresh_token_expires_at: NOW + 86_400_000 }),
      'reusable',
      'Reusable, but it ends.',
      '2026-03-02',
    ],
    [proven('one_time'), 'one_time', 'One-time.', 'only one device may hold it'],
    [proven('unknown'), 'unknown', 'It works, but may be one-time.', 'give it to one device only'],
    [
      proven('reusable', { dead: { reason: 'revoked', error: null, error_description: null, at: NOW } }),
      'invalid',
      'Revoked.',
      'no device can refresh',
    ],
    [
      proven('reusable', {
        dead: { reason: 'invalid_grant', error: 'invalid_grant', error_description: 'Stale token', at: NOW },
      }),
      'invalid',
      'Invalid.',
      'Sign in again',
    ],
  ])('says the verdict in one sentence (%#)', async (tokens, verdict, word, words) => {
    const html = await here.profile(tokens)
    expect(html).toContain(`data-verdict="${verdict}"`)
    expect(textOf(html, 'verdict')).toContain(word)
    expect(textOf(html, 'verdict')).toContain(words)
  })

  it('offers the reuse test only where the verdict is unknown, with what the provider documents', async () => {
    expect(await here.profile(proven('unknown'))).toContain('name="reuse" value="yes"')
    expect(await here.profile(proven('unknown'))).toContain('unless the realm has Revoke Refresh Token on')
    expect(await here.profile(proven('reusable'))).not.toContain('name="reuse"')
  })

  it('lets the proof run by itself only right after a sign-in', async () => {
    const downloads = [{ format: 'json', file: 'config.json', fingerprint: '00000000', at: NOW }]
    expect(await here.profile(entry())).toContain('data-run=')
    for (const tokens of [
      proven('reusable'),
      entry({ origin: 'brought' }),
      entry({ refreshed_at: NOW }),
      entry({ downloads }),
    ]) {
      expect(await here.profile(tokens)).not.toContain('data-run=')
    }
  })

  it('keeps showing a dead token, offers another sign-in, and nothing that would use it', async () => {
    const dead = {
      reason: 'invalid_grant' as const,
      error: 'invalid_grant',
      error_description: 'Stale <token>',
      at: NOW,
    }
    const html = await here.profile(proven('reusable', { dead }))
    expect(textOf(html, 'refresh-token')).not.toBe('')
    expect(html).toContain('Stale &lt;token&gt;')
    expect(html).toContain('href="/auth/oauth2"')
    for (const form of ['refresh', 'prove', 'revoke']) expect(html).not.toContain(`<form id="${form}"`)
    expect(html).not.toContain('form="refresh"')
  })

  it('says why no refresh token came, and what to turn', async () => {
    const html = await here.profile(entry({ refresh_token: null, first_refresh_token: null }))
    expect(html).toContain('No refresh token.')
    expect(html).toContain('Use refresh tokens')
    expect(html).not.toContain('id="refresh-token"')
    expect(textOf(html, 'access-token')).not.toBe('')
  })

  it('tells a lifetime honestly', async () => {
    expect(unescaped(await here.profile(proven('reusable')))).toContain('That is not "never"')
    const html = await here.profile(proven('reusable', { refresh_token_expires_at: NOW + 5 * 86_400_000 }))
    expect(html).toContain('<time datetime="2026-03-06T12:00:00.000Z" title="2026-03-06 12:00:00 UTC">in 5 days</time>')
  })

  it('does not call the end unheard of where the token that was proven had one', async () => {
    const tokens = proven('reusable')
    tokens.proof?.checks.push({ id: 'lifetime', result: 'warn', message: 'It ends.', hint: null })
    const html = unescaped(await here.profile(tokens))
    expect(html).toContain('It ends at a date that is not known yet.')
    expect(html).not.toMatch(/No end is known|None is known/)
    expect(unescaped(await here.profile(proven('reusable')))).toContain('No end is known.')
  })

  it('shows what both tokens claim', async () => {
    const html = unescaped(await here.profile(entry()))
    expect(html).toContain('"typ": "Offline"')
    expect(html).toContain('"preferred_username": "dana"')
    expect(html).toContain('Signature valid.')
  })

  it('warns before a one-time token goes out again or is refreshed here', async () => {
    const left = proven('one_time')
    left.downloads = [
      { format: 'json', file: 'config.json', fingerprint: fingerprint(left.refresh_token as string), at: NOW },
    ]
    const html = await here.profile(left, 'linux')
    expect(html).toContain('may be in one device only')
    expect(html).toMatch(/<form id="refresh"[^>]* data-ask="[^"]*kills the one in the device/)
    expect(html).toMatch(/<form id="prove"[^>]* data-ask="/)
    expect(html).toMatch(/href="\/profile\/device-config\/json\?id=AAAAAAAA" download data-ask="/)

    const older = { ...left, downloads: [{ format: 'json', file: 'config.json', fingerprint: '00000000', at: NOW }] }
    expect(await here.profile(older, 'linux')).not.toMatch(/<(a|button)[^>]* data-ask/)
    expect(await here.profile({ ...left, proof: proven('reusable').proof }, 'linux')).not.toMatch(
      /<(a|button)[^>]* data-ask/,
    )
  })

  describe('"Where will it run?"', () => {
    it.each(PLACES.map(({ id }) => id))('shows every file for %s, and the programs beside them', async (place) => {
      const html = await here.profile(proven('reusable'), place)
      expect(html).toContain(`href="/profile?id=AAAAAAAA&amp;place=${place}#run" data-swap aria-current="true"`)
      const articles = html.slice(html.indexOf('<article'), html.lastIndexOf('</article>'))
      const links = (id: string) => articles.includes(`/profile/device-config/${id}?id=AAAAAAAA"`)
      for (const { id, places } of FORMATS) if (places.includes(place)) expect(links(id)).toBe(true)
      for (const { id, places, run, reads } of PROGRAMS) {
        expect(links(id)).toBe(places.includes(place))
        if (links(id)) expect(links(reads)).toBe(true)
        if (places.includes(place)) expect(unescaped(articles)).toContain(run.join('\n'))
      }
    })

    it('shows one .env where the dialects are the same lines', async () => {
      const html = await here.profile(proven('reusable'), 'linux')
      expect(html).toContain('id="file-dotenv"')
      expect(html).not.toContain('id="file-systemd"')
      expect(html).toContain('.env, device.env, device.sh')
      expect(html).toContain('Add these lines at the end of the .env that is there')
    })

    it('shows each dialect where they differ', async () => {
      const html = await here.profile(proven('reusable', { refresh_token: 'a token with spaces' }), 'containers')
      expect(html).toContain('id="file-dotenv"')
      expect(html).toContain('id="file-env-file"')
    })

    it('says what a device can not hold', async () => {
      const html = await here.profile(proven('reusable', { refresh_token: jwt({ long: 'x'.repeat(2_500) }) }), 'esp32')
      expect(html).toContain('<b>Too long.</b>')
      expect(html).toContain('and at most 2047 fit')
      expect(await here.profile(proven('reusable'), 'esp32')).not.toContain('Too long.')
    })

    it('says why one file can not be written, and shows the others', async () => {
      const html = await here.profile(proven('reusable', { refresh_token: 'pay$HOME' }), 'home-automation')
      expect(html).toContain('can&#39;t be written into secrets.yaml')
      expect(html).toContain('id="file-yaml"')
    })

    it('keeps the client secret to itself where it is not to be shown', async () => {
      const shy = await site({ SHOW_CLIENT_SECRET: 'false' })
      const html = await shy.profile(proven('reusable'), 'linux')
      expect(html).not.toContain(SECRET)
      expect(html).toContain('&lt;CLIENT_SECRET&gt;')
      expect(await here.profile(proven('reusable'), 'linux')).toContain(SECRET)
      await shy.close()
    })

    it.each(['nowhere', '', ['linux', 'esp32'], { toString: 'linux' }])('takes no place from %j', async (place) => {
      expect(await here.profile(proven('reusable'), place as string)).not.toContain('<article')
    })
  })

  it('shows whatever a provider says as text', async () => {
    const hostile = `<img src=x onerror=alert(1)></textarea></script>" onclick="x`
    const html = await here.profile(
      proven('reusable', {
        access_token: jwt({ name: hostile }),
        scope: hostile,
        who: {
          username: hostile,
          subject: hostile,
          email: hostile,
          realm_roles: [hostile],
          client_roles: { [hostile]: [hostile] },
        },
        signature: { result: 'unknown', reason: hostile },
        answer: { hostile },
        introspection: { active: true, client_id: hostile, scope: hostile },
        dead: { reason: 'invalid_grant', error: 'invalid_grant', error_description: hostile, at: NOW },
      }),
    )
    expect(html).not.toContain('<img')
    expect(html).not.toContain('" onclick="x')
    expect(html.match(/<\/textarea>/g)).toHaveLength(2)
    expect(html.match(/<script/g)).toHaveLength(1)
  })
})
