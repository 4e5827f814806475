import { describe, expect, it } from '@jest/globals'
import type { Piece } from '../../server/device-config/formats/format.js'
import { deviceConfigPieces, FORMATS, writeDeviceConfig } from '../../server/device-config/formats.js'
import { maskedValues } from '../../server/pages/masked.js'
import { refreshRequests } from '../../server/pages/raw-requests.js'

const TOKEN = 'hush-/-hush-:'
const SECRET = `HUSH "quoted" 'twice'`
const about = { fingerprint: '00000000', user: null, verdict: null, written_at: new Date(0) }
const fields = {
  token_endpoint: 'https://sso.example.org/token',
  client_id: 'sensor',
  client_secret: SECRET,
  refresh_token: TOKEN,
  scope: 'offline_access',
  token_endpoint_auth_method: 'client_secret_basic',
  refresh_token_usage: 'keep',
} as const

const whole = (pieces: Piece[]) => pieces.map(({ text }) => text).join('')
const open = (pieces: Piece[]) => pieces.map(({ text, secret }) => (secret ? '•' : text)).join('')

describe('masking a device config', () => {
  it.each(FORMATS.map((format) => [format.id, format] as const))(
    'hides both secrets of %s, and nothing else',
    (_, format) => {
      const text = writeDeviceConfig(format, fields, about)
      const pieces = deviceConfigPieces(format, fields, about)
      expect(whole(pieces)).toBe(text)
      expect(pieces.filter(({ secret }) => secret)).toHaveLength(2)
      expect(open(pieces)).not.toMatch(/hush|quoted|twice/i)
      expect(open(pieces)).toContain('sensor')
      expect(open(pieces)).toContain('offline_access')
    },
  )
})

describe('masking raw requests', () => {
  const client = { clientId: 'sensor', clientSecret: SECRET }

  it.each(['client_secret_basic', 'client_secret_basic_raw'] as const)(
    'hides the secrets of %s, however they are spelt',
    (method) => {
      for (const { http, curl } of refreshRequests(client, fields.token_endpoint, TOKEN, method, true)) {
        for (const text of [http, curl]) {
          const pieces = maskedValues(text, [TOKEN, SECRET])
          expect(whole(pieces)).toBe(text)
          expect(open(pieces)).toMatch(/•/)
          expect(open(pieces)).not.toMatch(/hush|quoted|Basic [^•]/i)
        }
      }
    },
  )

  it('hides tokens in JSON', () => {
    const text = JSON.stringify({ access_token: 'a"b', refresh_token: TOKEN, expires_in: 300 })
    expect(open(maskedValues(text, ['a"b', TOKEN]))).toBe('{"access_token":"•","refresh_token":"•","expires_in":300}')
  })

  it('leaves a text without secrets as it is', () => {
    expect(maskedValues('nothing', [null, ''])).toEqual([{ text: 'nothing', secret: false }])
  })
})
