import { describe, expect, it } from '@jest/globals'
import { Answer } from '../../server/provider/answer.js'
import { readAnswer } from '../../server/provider/read-answer.js'
import { readTokenAnswer } from '../../server/provider/token-answer.js'

const NOW = Date.parse('2026-11-26T12:00:00Z')
const SOUND = { token_type: 'Bearer', access_token: 'access', expires_in: 300, refresh_token: 'refresh' }
const JSON_TYPE = { 'content-type': 'application/json' }
const SENT: [string, string][] = [
  ['refresh_token', 'the-refresh-token-that-was-sent'],
  ['client_secret', 'the-secret-of-the-client'],
]

async function read(body: unknown, status = 200, headers: Record<string, string> = JSON_TYPE) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await readAnswer(new Answer(text, status, headers), NOW)
  return readTokenAnswer(answer, { now: NOW, sent: SENT, method: 'client_secret_basic' })
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object, header: object = { alg: 'RS256' }) => `${part(header)}.${part(claims)}.signature`
const seconds = (fromNow: number) => NOW / 1000 + fromNow
const ID = { iss: 'https://provider.test', sub: 'somebody' }

describe('a token answer with a good refresh token in it', () => {
  it.each<[what: string, body: unknown, remark: string | null, status?: number, headers?: Record<string, string>]>([
    ['is sound', SOUND, null],
    [
      'has no token_type (jupyterhub/oauthenticator#225)',
      { ...SOUND, token_type: undefined },
      'token_type is missing.',
    ],
    [
      'is of the type BearerToken (Apigee)',
      { ...SOUND, token_type: 'BearerToken' },
      'token_type is "BearerToken"; we expected Bearer.',
    ],
    [
      'is JSON that calls itself text/plain (kanidm/kanidm#1966)',
      SOUND,
      'The answer is JSON and has the content type text/plain. RFC 6749 requires application/json.',
      200,
      { 'content-type': 'text/plain; charset=utf-8' },
    ],
    [
      'has no content type (kanidm/kanidm#1966)',
      SOUND,
      'The answer is JSON and has no content type. RFC 6749 requires application/json.',
      200,
      {},
    ],
    ['has the status 201 (panva/openid-client#666)', SOUND, 'The status is 201. RFC 6749 requires 200.', 201],
    [
      'has no access_token (panva/openid-client#717: Azure AD B2C)',
      { ...SOUND, access_token: undefined },
      'access_token is missing: you have no access token.',
    ],
    ['has an id_token that is null (panva/openid-client#115)', { ...SOUND, id_token: null }, 'id_token is null.'],
    [
      'has an encrypted id_token (panva/openid-client#115)',
      { ...SOUND, id_token: 'a.b.c.d.e' },
      "id_token is encrypted, so we can't read the user from it.",
    ],
    ['has an id_token of an algorithm that nobody lists', { ...SOUND, id_token: jwt(ID, { alg: 'XX1' }) }, null],
    [
      'has an id_token of the future (microsoft/WSL#10006)',
      { ...SOUND, id_token: jwt({ ...ID, iat: seconds(45), exp: seconds(345) }) },
      "id_token is valid from 45 s in the future: this machine's clock is behind.",
    ],
    [
      'has an id_token that is past (Azure/azure-cli#20388)',
      { ...SOUND, id_token: jwt({ ...ID, iat: seconds(-600), exp: seconds(-300) }) },
      "id_token had ended 300 s before it arrived: this machine's clock is ahead.",
    ],
    [
      'has an access token that is past',
      { ...SOUND, access_token: jwt({ iat: seconds(-600), exp: seconds(-300) }) },
      "access_token had ended 300 s before it arrived: this machine's clock is ahead.",
    ],
    [
      'comes by another clock',
      SOUND,
      "This machine's clock is 600 s ahead of the provider's, according to its Date header.",
      200,
      { ...JSON_TYPE, date: 'Thu, 26 Nov 2026 11:50:00 GMT' },
    ],
    [
      'has an error beside it',
      { ...SOUND, error: 'slow_down' },
      'error is "slow_down", although the answer has a token.',
    ],
    ['has a scope that is a list', { ...SOUND, scope: ['a', 'b'] }, 'scope is a list; we expected text.'],
    ['begins with a byte order mark', `\ufeff${JSON.stringify(SOUND)}`, null],
    [
      'is a form that says so',
      'token_type=bearer&access_token=access&refresh_token=refresh&expires_in=300',
      'The answer is a form and has the content type application/x-www-form-urlencoded. RFC 6749 requires application/json.',
      200,
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ])('is kept where it %s', async (_what, body, remark, ...[status, headers]) => {
    const answer = await read(body, status, headers)
    expect(answer?.refresh_token).toBe('refresh')
    const told = (answer?.remarks ?? []).map(({ message }) => message)
    if (remark === null) expect(told).toEqual([])
    else expect(told).toContain(remark)
  })

  it('tells of DPoP, whose tokens are bound to a key', async () => {
    expect(await read({ ...SOUND, token_type: 'DPoP' })).toMatchObject({ dpop: true, token_type: null })
    expect(await read({ ...SOUND, token_type: 'bEaReR' })).toMatchObject({ dpop: false, token_type: 'Bearer' })
  })

  it('uses of an ID token the issuer and the subject alone', async () => {
    expect((await read({ ...SOUND, id_token: jwt({ ...ID, exp: 1 }) }))?.id_token).toEqual(ID)
  })

  it('puts no token and nothing that was sent into a remark, and makes at most 20', async () => {
    const odd = {
      ...SOUND,
      refresh_token: 'the-refresh-token-that-came',
      token_type: 'the-refresh-token-that-came',
      scope: 5,
      error: 'the-secret-of-the-client',
      expires_in: 'the-refresh-token-that-was-sent',
    }
    const remarks = JSON.stringify((await read(odd))?.remarks)
    expect(remarks).toContain('<refresh_token>')
    for (const secret of ['the-refresh-token', 'the-secret']) expect(remarks).not.toContain(secret)
  })
})

describe('an answer without a token that can be kept', () => {
  it.each([
    ['null', 200],
    ['[]', 200],
    ['{}', 200],
    [JSON.stringify({ ...SOUND, refresh_token: '', access_token: '' }), 200],
    [JSON.stringify(SOUND), 204],
    [JSON.stringify(SOUND), 205],
    [JSON.stringify(SOUND), 302],
    [JSON.stringify(SOUND), 400],
    [JSON.stringify({ refresh_token: 'a'.repeat(49_153) }), 200],
    ['<html><body>refresh_token=refresh</body></html>', 200],
  ])('is none: %s with %d', async (body, status) => {
    expect(await read(body, status)).toBeNull()
  })
})
