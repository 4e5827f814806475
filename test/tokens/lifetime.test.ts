import { describe, expect, it } from '@jest/globals'
import type { Preset } from '../../server/knowledge/presets/preset.js'
import { PRESETS, presetFor } from '../../server/knowledge/presets.js'
import type { Entry } from '../../server/tokens/entry.js'
import { documentedEnd, introspectedEnd, refreshTokenEnd, useBefore } from '../../server/tokens/lifetime.js'

const NOW = Date.UTC(2026, 10, 25)
const SECONDS = 1000
const NOTHING = { refresh_expires_in: null, refresh_token_expires_in: null }

const jwt = (claims: object) =>
  [{ alg: 'HS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.s')

describe('refreshTokenEnd', () => {
  it.each([
    ['nobody says anything', 'opaque', NOTHING, null],
    ['refresh_expires_in is 0 (Keycloak, offline)', jwt({}), { ...NOTHING, refresh_expires_in: 0 }, null],
    ['exp is 0 (old Keycloaks, offline)', jwt({ exp: 0 }), { ...NOTHING, refresh_expires_in: 0 }, null],
    ['refresh_token_expires_in is 0', 'opaque', { ...NOTHING, refresh_token_expires_in: 0 }, null],
    ['exp is no number', jwt({ exp: 'tomorrow' }), NOTHING, null],
    ['exp is beyond all dates', jwt({ exp: 1e300 }), NOTHING, null],
    ['the token says it', jwt({ exp: NOW / SECONDS + 60 }), NOTHING, NOW + 60 * SECONDS],
    ['Keycloak says it', 'opaque', { ...NOTHING, refresh_expires_in: 1800 }, NOW + 1800 * SECONDS],
    ['GitHub says it', 'opaque', { ...NOTHING, refresh_token_expires_in: 15_811_200 }, NOW + 15_811_200 * SECONDS],
    [
      'two say it: the earlier',
      jwt({ exp: NOW / SECONDS + 60 }),
      { ...NOTHING, refresh_expires_in: 30 },
      NOW + 30 * SECONDS,
    ],
  ])('when %s', (_when, token, said, end) => {
    expect(refreshTokenEnd(token, said, NOW)?.at ?? null).toBe(end)
  })
})

describe('introspectedEnd', () => {
  it.each([
    [NOW / SECONDS, NOW],
    [0, null],
    [-1, null],
    [Number.MAX_VALUE, null],
    ['1', null],
    [undefined, null],
  ])('of exp %p is %p', (exp, end) => {
    expect(introspectedEnd(exp)).toBe(end)
  })
})

describe('documentedEnd', () => {
  it('is that of the providers who end every token and say so in no answer', () => {
    const day = 86_400_000
    const ends = PRESETS.map((preset) => [preset.id, documentedEnd(preset, NOW, NOW + day)] as const)
    expect(ends.filter(([, end]) => end !== null).map(([id, end]) => [id, ((end?.at ?? 0) - NOW) / day])).toEqual([
      // From its issue, a day after the sign-in.
      ['entra', 91],
      ['spotify', 180],
    ])
  })

  it("counts from the sign-in at Okta's org server alone", () => {
    const okta = (path: string) =>
      presetFor({
        issuer: `https://acme.okta.com${path}`,
        authorization_endpoint: `https://acme.okta.com/oauth2${path}/v1/authorize`,
        token_endpoint: `https://acme.okta.com/oauth2${path}/v1/token`,
        metadata: null,
      })
    expect(documentedEnd(okta(''), NOW, NOW)?.at).toBe(NOW + 90 * 86_400_000)
    expect(documentedEnd(okta('/default'), NOW, NOW)).toBeNull()
  })

  it('is not known for a pasted token, whose sign-in nobody here has seen', () => {
    expect(documentedEnd({ end: { days: 90, from: 'sign_in' } }, null, NOW)).toBeNull()
  })
})

describe('useBefore', () => {
  const keycloak = PRESETS.find(({ id }) => id === 'keycloak') as Preset
  const used = { origin: 'sign_in', refresh_token: 'r', dead: null, minted_at: NOW, refreshed_at: null } as Entry

  it('counts from the last use', () => {
    expect(useBefore({ ...used, refresh_token_expires_at: null }, keycloak)).toBe(NOW + 30 * 86_400_000)
    const later = { ...used, refreshed_at: NOW + 5, refresh_token_expires_at: null }
    expect(useBefore(later, keycloak)).toBe(NOW + 5 + 30 * 86_400_000)
  })

  it('is null for a pasted token that was not used here, and where the token ends before', () => {
    expect(useBefore({ ...used, origin: 'brought', refresh_token_expires_at: null }, keycloak)).toBeNull()
    expect(useBefore({ ...used, refresh_token_expires_at: NOW + 1_000 }, keycloak)).toBeNull()
  })
})
