import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { FORMATS } from '../../server/device-config/formats.js'
import { PLACES } from '../../server/device-config/places.js'
import { PROGRAMS } from '../../server/device-config/programs.js'
import { fingerprint } from '../../server/tokens/fingerprint.js'
import { endingAt, entry, jwt, NOW, proven, SECRET, type Site, site, textOf, unescaped } from './fixtures.js'

const fixedEnd = (left: number) => {
  const tokens = proven('reusable', endingAt(NOW + left))
  if (tokens.proof) tokens.proof.end = { moves: false, lasts: null }
  return tokens
}

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
    [entry(), '', 'Not tested yet.', 'If the provider sends a new token, we keep it.'],
    [entry({ origin: 'brought' }), '', 'Not tested yet.', 'the copy in a device then stops working'],
    [proven('reusable'), 'reusable', 'Reusable.', 'by default 30 days; your provider may differ'],
    [
      proven('reusable', endingAt(NOW + 86_400_000)),
      'reusable',
      'Reusable, but it ends.',
      'in 24 hours (2 March, 12:00 UTC), unless a refresh extends it',
    ],
    [proven('one_time'), 'one_time', 'One-time.', 'only one device may have it'],
    [proven('unknown'), 'unknown', 'It works, but may be one-time.', 'Put the token into one device only'],
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
      'Dead.',
      'A newer token replaced this one',
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

  it('says what is known about the end, and never calls an unknown one "never"', async () => {
    expect(unescaped(await here.profile(proven('reusable')))).toContain("No fixed end. It expires when it isn't used")
    const html = await here.profile(proven('reusable', endingAt(NOW + 5 * 86_400_000)))
    expect(html).toContain('It ends on 6 March, unless a refresh extends it')
  })

  it('claims nothing about the end of a pasted text that was never tested', async () => {
    const html = unescaped(await here.profile(entry({ origin: 'brought', refresh_token: 'nonsense' })))
    expect(html).toContain('Its end is not known yet: test it to find out.')
    expect(html).not.toContain('No fixed end')
    expect(html).not.toContain('Test it before you copy it')
  })

  it('says of a dead token that it has ended, and not by when to use it', async () => {
    const dead = { reason: 'revoked' as const, error: null, error_description: null, at: NOW }
    const html = unescaped(await here.profile(proven('reusable', { dead })))
    expect(html).toContain('<dt>End</dt><dd>It has ended.</dd>')
    expect(html).not.toMatch(/No fixed end\. It|Use before/)
  })

  it('says that forgetting and signing out revoke nothing, and not that an untested token works', async () => {
    const html = unescaped(await here.profile(entry({ origin: 'brought', refresh_token: 'nonsense' })))
    expect(html).toContain('Signing out does not revoke the refresh token.')
    expect(html).toContain('data-ask="Forget this token here? This does not revoke it."')
    expect(html).not.toMatch(/stays valid|still works/)
  })

  it('says once how long a reusable token lasts', async () => {
    const html = unescaped(await here.profile(proven('reusable')))
    expect(html.slice(0, html.indexOf('<h2>Details'))).not.toContain('No fixed end')
    const oneTime = unescaped(await here.profile(proven('one_time')))
    expect(oneTime.slice(0, oneTime.indexOf('<h2>Details'))).toContain('No fixed end')
  })

  it('says that the token before had an end, where that of this one is not known', async () => {
    const tokens = proven('reusable')
    if (tokens.proof) tokens.proof.end = { moves: null, lasts: null }
    const html = unescaped(await here.profile(tokens))
    expect(html).toContain('The token before this one had an end. Test this one to see its date.')
    expect(html).not.toContain('No fixed end')
  })

  it.each([
    [
      'an ordinary token',
      entry({ refresh_token: jwt({ typ: 'Refresh', exp: NOW / 1000 + 1800 }), ...endingAt(NOW + 1_800_000) }),
      'Not an offline token.',
      'in 30 minutes (12:30 UTC)',
    ],
    [
      'an end this week that does not move',
      fixedEnd(5 * 86_400_000),
      'It ends soon.',
      'It ends on 6 March, whatever the device does.',
    ],
    ['an end that has passed', fixedEnd(-48 * 3_600_000), 'It has ended.', 'ago (27 February). Mint another token.'],
    ['an end today', fixedEnd(3 * 3_600_000), 'It ends soon.', 'in 3 hours (15:00 UTC), whatever the device does'],
    [
      'a refusal for now',
      proven('reusable', { refused: { error: 'invalid_grant', error_description: 'User disabled', at: NOW } }),
      'Refused for now.',
      'It is not dead',
    ],
  ])('puts the worst first: %s', async (_what, tokens, word, words) => {
    const html = unescaped(await here.profile(tokens))
    expect(textOf(html, 'verdict')).toContain(word)
    expect(textOf(html, 'verdict')).toContain(words)
    expect(html).toContain(`data-verdict="${tokens.proof?.verdict ?? ''}"`)
  })

  it('shows what the sign-in and a call of an API send, with placeholders that are not masked', async () => {
    const html = unescaped(await here.profile(proven('reusable')))
    const raw = html.slice(html.indexOf('id="raw-requests"'))
    expect(raw).toContain('response_type=code&client_id=sensor&redirect_uri=')
    expect(raw).toContain('code_challenge=<CODE_CHALLENGE>&code_challenge_method=S256')
    expect(raw).toContain('code=<CODE>&redirect_uri=')
    expect(raw).toContain('code_verifier=<CODE_VERIFIER>')
    expect(raw).toContain('Authorization: Bearer <span class="value">')
  })

  it('opens two warnings at most, and folds the rest', async () => {
    const html = await here.profile(
      proven('reusable', {
        ...endingAt(NOW + 30 * 86_400_000),
        other_subject: true,
        dpop: true,
        signature: { result: 'invalid', reason: 'It is not signed.' },
      }),
    )
    const warnings = html.slice(html.indexOf('id="warnings"'))
    expect(warnings.slice(0, warnings.indexOf('<details')).match(/data-warning=/g)).toHaveLength(2)
    expect(warnings).toContain('<summary>1 more</summary>')
    expect(await here.profile(proven('reusable'))).not.toContain('id="warnings"')
  })

  it('warns that a token endpoint on this machine is no address for another', async () => {
    const local = await site({
      OAUTH2_AUTHORIZATION_ENDPOINT: 'http://localhost:8080/realms/r/protocol/openid-connect/auth',
      OAUTH2_TOKEN_ENDPOINT: 'http://localhost:8080/realms/r/protocol/openid-connect/token',
    })
    const html = unescaped(await local.profile(proven('reusable'), 'linux'))
    expect(
      html.match(/class="notice care"[^>]*>A device on another machine can't use http:\/\/localhost:8080/g),
    ).toHaveLength(2)
    expect(html).toContain('set OAUTH2_ISSUER to the address that devices use, restart, mint again')
    await local.close()
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
    expect(html).toContain('can be in one device only')
    expect(html).toMatch(/<form id="refresh"[^>]* data-ask="[^"]*the one in the device stops working/)
    expect(html).toMatch(/<form id="prove"[^>]* data-ask="/)
    expect(html).toMatch(/href="\/profile\/device-config\/json\?id=AAAAAAAA" download data-ask="/)

    const older = { ...left, downloads: [{ format: 'json', file: 'config.json', fingerprint: '00000000', at: NOW }] }
    expect(await here.profile(older, 'linux')).not.toMatch(/<(a|button)[^>]* data-ask/)
    expect(await here.profile({ ...left, proof: proven('reusable').proof }, 'linux')).not.toMatch(
      /<(a|button)[^>]* data-ask/,
    )
  })

  describe('"Where will it run?"', () => {
    it.each(PLACES.map(({ id }) => id))(
      'has numbered steps for %s, with every file of the place once',
      async (place) => {
        for (const verdict of ['reusable', 'one_time'] as const) {
          const html = await here.profile(proven(verdict), place)
          expect(html).toContain(`href="/profile?id=AAAAAAAA&amp;place=${place}#run" data-swap aria-current="true"`)
          const recipe = html.slice(html.indexOf('<ol class="recipe">'), html.indexOf('<details id="all-files">'))
          const others = html.slice(html.indexOf('<details id="all-files">'), html.indexOf('<h2>Details'))
          const link = (id: string) => `href="/profile/device-config/${id}?id=AAAAAAAA" download`
          for (const { id, places } of [...FORMATS, ...PROGRAMS]) {
            const shown = recipe.includes(link(id)) || sameFileIsShown(recipe, id)
            expect([id, shown]).toEqual([id, places.includes(place)])
            expect([id, others.includes(link(id))]).toEqual([id, !places.includes(place)])
            expect(html.split(link(id)).length).toBeLessThanOrEqual(2)
          }
          expect(unescaped(recipe)).toMatch(/To replace it, .+ To revoke it, /)
        }
      },
    )

    /** Compose's file is that of docker run, where the lines are the same. */
    const sameFileIsShown = (recipe: string, id: string) =>
      id === 'compose' && /device\.env<\/code> from above|Docker Compose env_file<\/small>/.test(recipe)

    it('calls files, folders and services by the label', async () => {
      const html = unescaped(await here.profile(proven('reusable'), 'linux', 'Greenhouse #3'))
      expect(html).toContain(
        'sudo install -o oauth2-greenhouse-3 -g oauth2-greenhouse-3 -m 600 greenhouse-3.device.sh /var/lib/oauth2-greenhouse-3/device.sh',
      )
      expect(html).toContain('umask 077; base64 -d > greenhouse-3.device.sh')
      expect(html).toContain('href="/profile/device-config/sh?id=AAAAAAAA" download')
      expect(html).toContain('href="/profile?id=AAAAAAAA&place=esp32#run"')
      expect(html).not.toMatch(/oauth2-device/)
    })

    it('offers to paste what our programs read into a terminal', async () => {
      const html = await here.profile(proven('reusable'), 'linux')
      const pasted = [...html.matchAll(/id="paste-file-(\w+)"/g)].map(([, id]) => id)
      expect(pasted).toEqual(['sh', 'json'])
      const long = await here.profile(proven('reusable', { refresh_token: 'x'.repeat(5_000) }), 'linux')
      expect(long).not.toContain('id="paste-')
    })

    it('shows one file where the dialects are the same lines', async () => {
      const html = await here.profile(proven('reusable'), 'linux')
      expect(html).toContain('id="file-dotenv"')
      expect(html).not.toContain('id="file-systemd"')
      expect(html).toContain('Download device.env <small>systemd EnvironmentFile</small>')
      expect(html).toContain('Add these lines at the end of your .env')
    })

    it('shows each dialect where they differ', async () => {
      const html = await here.profile(proven('reusable', { refresh_token: "a $b 'c" }), 'containers')
      for (const id of ['dotenv', 'env-file', 'compose']) expect(html).toContain(`id="file-${id}"`)
    })

    it('has few lines of code for a token that stays, and a program in their place for one that is replaced', async () => {
      const kept = unescaped(await here.profile(proven('reusable'), 'other'))
      expect(kept).toContain('urllib.request.urlopen')
      const replaced = unescaped(await here.profile(proven('one_time'), 'other'))
      expect(replaced).not.toContain('urllib.request.urlopen')
      expect(replaced).toContain('Let a program get the access token')
    })

    it('says what to do instead, and folds the file, where the next token can not be stored', async () => {
      const html = await here.profile(proven('one_time'), 'home-automation')
      const card = html.slice(
        html.lastIndexOf('<article', html.indexOf('id="file-esphome"')),
        html.indexOf('id="file-esphome"'),
      )
      expect(card).toMatch(
        /must be stored, and ESPHome compiles .+ Instead: let Home Assistant .+<details[^>]*><summary>Get secrets\.yaml anyway/s,
      )
      expect(await here.profile(proven('reusable'), 'home-automation')).not.toContain('must be stored')
    })

    it('says that a token is too long for a device, and nothing about one that fits', async () => {
      const html = await here.profile(proven('reusable', { refresh_token: jwt({ long: 'x'.repeat(2_500) }) }), 'esp32')
      expect(html).toContain('<b>Too long.</b>')
      expect(html).toContain('and at most 2047 fit')
      expect(await here.profile(proven('reusable'), 'esp32')).not.toMatch(/Too long|at most \d+ fit/)
    })

    it('says why one file can not be written, and shows the others', async () => {
      const html = await here.profile(proven('reusable', { refresh_token: 'pay$HOME' }), 'home-automation')
      expect(html).toContain('secrets.yaml can&#39;t hold')
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
