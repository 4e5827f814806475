import { expect, it } from '@jest/globals'
import { textOf, UnwritableValue } from '../../server/device-config/formats/format.js'
import { nvs } from '../../server/device-config/formats/nvs.js'
import { quoted } from '../../server/device-config/formats/quoted.js'
import type { Preset } from '../../server/knowledge/presets/preset.js'
import { PRESETS } from '../../server/knowledge/presets.js'
import { readJwt } from '../../server/provider/jwt.js'
import { reminderOf } from '../../server/reminder/reminder.js'
import type { Entry } from '../../server/tokens/entry.js'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { Visitor } from '../support/visitor.js'
import { startWithStore } from './given-store.js'
import { JSON_PLEASE } from './rig.js'

const NOT_CHANGED = 'Your token has not changed.'

/** For guards that were drawn from all of them, and that no test had noticed. */

it('J19 no file is written while the address of the token endpoint is not known, and nothing is asked', async () => {
  const provider = await startFaultyProvider()
  await provider.stop()
  const app = await startWithStore(provider.env)
  const visitor = new Visitor(app)
  expect((await visitor.post('/auth/token', { refresh_token: 'a-token-0123456789' })).status).toBe(303)
  const file = await visitor.get('/profile/device-config/json', JSON_PLEASE)
  expect([file.status, file.json.code]).toEqual([502, 'provider_unreachable'])
  expect(file.json.detail).toContain("We don't know the provider's token endpoint yet")
  const refreshed = await visitor.post('/auth/refresh', {}, JSON_PLEASE)
  expect([file, refreshed].map(({ json }) => json.token)).toEqual([NOT_CHANGED, NOT_CHANGED])
  expect((await visitor.get('/profile?place=linux')).status).toBe(200)
  await app.close()
})

it('J19 a token of five parts is encrypted, whatever its first two look like', () => {
  const part = Buffer.from('{"sub":"somebody"}').toString('base64url')
  expect(readJwt(`${part}.${part}.c`)?.claims.sub).toBe('somebody')
  expect(readJwt(`${part}.${part}.c.d.e`)).toBeNull()
  expect(readJwt(`${part}.${part}`)).toBeNull()
})

it('J19 there is no calendar entry for an end that is past', () => {
  const now = Date.now()
  const preset = { ...(PRESETS.find(({ id }) => id === 'keycloak') as Preset), idle: undefined }
  const entry = (end: number) =>
    ({ refresh_token: 'r', first_refresh_token: 'r', dead: null, proof: null, refresh_token_expires_at: end }) as Entry
  expect(reminderOf(entry(now + 1_000), preset, now)?.at).toBe(now + 1_000)
  expect(reminderOf(entry(now - 1_000), preset, now)).toBeNull()
})

it('J19 a byte order mark in a secret is written as an escape, which YAML keeps', () => {
  expect(quoted('a\ufeff\uffffb')).toBe('"a\\ufeff\\uffffb"')
})

it('J19 a token that is too long for NVS is refused', () => {
  const fields = (refresh_token: string) => ({
    token_endpoint: 'https://p.test/token',
    client_id: 'sensor',
    client_secret: null,
    refresh_token,
    scope: 'offline_access',
    token_endpoint_auth_method: 'none',
    refresh_token_usage: 'store' as const,
  })
  const text = (length: number) => textOf(nvs.write(fields('x'.repeat(length))))
  expect(text(3_999)).toContain('x'.repeat(3_999))
  expect(() => text(4_000)).toThrow(UnwritableValue)
})
