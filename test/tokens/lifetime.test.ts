import { describe, expect, it } from '@jest/globals'
import { PRESETS } from '../../server/knowledge/presets.js'
import { documentedEnd, introspectedEnd, saidEnd } from '../../server/tokens/lifetime.js'

const NOW = Date.UTC(2026, 10, 25)
const SECONDS = 1000
const NOTHING = { refresh_expires_in: null, refresh_token_expires_in: null }

const jwt = (claims: object) =>
  [{ alg: 'HS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.s')

describe('saidEnd', () => {
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
    expect(saidEnd(token, said, NOW)?.at ?? null).toBe(end)
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
    expect(introspectedEnd(exp)?.at ?? null).toBe(end)
  })
})

describe('documentedEnd', () => {
  it('is that of the providers who end every token and say so in no answer', () => {
    const days = PRESETS.filter((preset) => documentedEnd(preset, NOW) !== null).map((preset) => [
      preset.id,
      ((documentedEnd(preset, NOW) as number) - NOW) / 86_400_000,
    ])
    expect(days).toEqual([
      ['entra', 90],
      ['spotify', 180],
    ])
  })
})
