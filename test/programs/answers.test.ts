import { expect, it } from '@jest/globals'
import { describeWith } from '../support/tools.js'
import { DEVICES, install, leftovers, refresh } from './devices.js'
import {
  type Answer,
  drip,
  halfAnAnswer,
  json,
  oauthError,
  silence,
  startTokenEndpoint,
  text,
  tokens,
} from './token-endpoint.js'

for (const device of DEVICES.filter(({ process }) => process)) {
  describeWith(device.missing, `${device.name}, when the provider`, () => {
    /** Runs it once against these answers: what it said, what it would send next, what it sent. */
    async function outcome(
      answers: [Answer, ...Answer[]],
      env: Record<string, string> = {},
      usage: 'keep' | 'store' = 'store',
    ) {
      const endpoint = await startTokenEndpoint(...answers)
      const folder = await install(device, { token_endpoint: endpoint.url, refresh_token_usage: usage })
      const { code, stdout, stderr } = await refresh(device, folder, { env: { REFRESH_TIMEOUT: '10', ...env } })
      const sent = endpoint.received.map(({ body }) => body.get('refresh_token'))
      await endpoint.close()
      const left = await leftovers(device, folder)
      return { code, stdout, stderr, stored: await device.stored(folder), sent, left, received: endpoint.received }
    }
    const unchanged = { stored: 'initial-refresh-token', left: [] }

    it.concurrent('sends another refresh token, prints the access token alone and keeps the newest', async () => {
      const got = await outcome([tokens({ refresh_token: 'second' })])
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '', stored: 'second', left: [] })
      expect(got.sent).toEqual(['initial-refresh-token'])
      expect(got.received[0]).toMatchObject({
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      })
      expect([...(got.received[0]?.body.keys() ?? [])]).toEqual(['grant_type', 'refresh_token'])
      expect(got.received[0]?.body.get('grant_type')).toBe('refresh_token')
    })

    it.concurrent('sends no refresh token, keeps the old one', async () => {
      const got = await outcome([tokens()])
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '', ...unchanged })
    })

    it.concurrent('answers 500 and then tokens, waits and sends the same token again', async () => {
      const got = await outcome([text(500, 'oops'), tokens({ refresh_token: 'second' })])
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stored: 'second', left: [] })
      expect(got.stderr).toMatch(/answered 500; trying again in [12]/)
      expect(got.sent).toEqual(['initial-refresh-token', 'initial-refresh-token'])
      const [first, second] = got.received.map(({ at }) => at) as [number, number]
      expect(second - first).toBeGreaterThanOrEqual(990)
    })

    it.concurrent('answers 429 with Retry-After, waits as long as that', async () => {
      const got = await outcome([json(429, {}, { 'retry-after': '4' }), tokens({ refresh_token: 'second' })])
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stored: 'second' })
      const [first, second] = got.received.map(({ at }) => at) as [number, number]
      expect(second - first).toBeGreaterThanOrEqual(3990)
    })

    it.concurrent('answers 429 with a date in Retry-After, waits until then by the clock of the provider', async () => {
      const [date, then] = ['Wed, 28 Feb 2024 23:59:58 GMT', 'Thu, 29 Feb 2024 00:00:02 GMT']
      const got = await outcome([json(429, {}, { date, 'retry-after': then }), tokens({ refresh_token: 'second' })])
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stored: 'second' })
      const [first, second] = got.received.map(({ at }) => at) as [number, number]
      expect(second - first).toBeGreaterThanOrEqual(3990)
    })

    it.concurrent('answers 429 with a Retry-After of an hour, leaves it to the next run', async () => {
      const got = await outcome([json(429, {}, { 'retry-after': '3600' })])
      expect(got).toMatchObject({ code: 3, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(/asks to wait 3600 seconds/)
      expect(got.sent).toHaveLength(1)
    })

    it.concurrent('goes on answering 503, gives up after the tries it was given', async () => {
      const got = await outcome([text(503, '<h1>Maintenance</h1>')], { REFRESH_TRIES: '2' })
      expect(got).toMatchObject({ code: 3, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(/answered 503; gave up after 2 tries/)
      expect(got.sent).toHaveLength(2)
    })

    it.concurrent.each([
      ['breaks off in the middle of the answer', halfAnAnswer],
      ['never answers', silence],
      ['drips its answer', drip],
      ['answers 504', text(504, 'too slow')],
    ])('%s, does not send a one-time token again', async (_, answer) => {
      const got = await outcome([answer], { REFRESH_TIMEOUT: '2' })
      expect(got).toMatchObject({ code: 3, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(/This run does not send it again: if the provider has replaced the token/)
      expect(got.sent).toHaveLength(1)
    })

    it.concurrent('breaks off in the middle of the answer, sends a token that stays valid again', async () => {
      const got = await outcome([halfAnAnswer, tokens({ refresh_token: 'second' })], {}, 'keep')
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', ...unchanged })
      expect(got.sent).toEqual(['initial-refresh-token', 'initial-refresh-token'])
    })

    it.concurrent('breaks off after all members of the answer, keeps what came', async () => {
      const body = '{"access_token":"access-1","refresh_token":"second"}'
      const got = await outcome([
        (response) => {
          response.writeHead(200, { 'content-length': '500' }).write(body)
          setTimeout(() => response.destroy(), 50)
        },
      ])
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stored: 'second' })
    })

    it.concurrent('is not there, gives up and says so', async () => {
      const folder = await install(device, { token_endpoint: 'http://127.0.0.1:1/token' })
      const got = await refresh(device, folder, { env: { REFRESH_TRIES: '2' } })
      expect(got).toMatchObject({ code: 3, stdout: '' })
      expect(got.stderr).toMatch(/can't reach http:\/\/127.0.0.1:1\/token.*gave up after 2 tries/s)
      expect(await leftovers(device, folder)).toEqual([])
    })

    const refusal = (error_description: string): Answer => oauthError(400, 'invalid_grant', error_description)
    const mint = /does not work any more.*Mint a new one/
    const later = /did not answer with tokens.*Run this again later/
    it.concurrent.each([
      [
        'calls the token dead',
        refusal('Token is\u001b[2J not active'),
        2,
        /invalid_grant: Token is \[2J not active\)\. Mint/,
      ],
      ['says invalid_grant and nothing else', json(400, { error: 'invalid_grant' }), 2, mint],
      ['calls the token dead with status 200, as GitHub does', oauthError(200, 'bad_refresh_token'), 2, mint],
      ['calls the token dead as Hydra does', oauthError(401, 'token_inactive'), 2, mint],
      ['calls the token dead as Zoho does', oauthError(200, 'invalid_code'), 2, mint],
      [
        'calls the token dead as Strava does',
        json(400, {
          message: 'Bad Request',
          errors: [{ resource: 'RefreshToken', field: 'refresh_token', code: 'invalid' }],
        }),
        2,
        mint,
      ],
      [
        'calls the token dead as Fitbit does',
        json(400, { errors: [{ errorType: 'invalid_grant', message: 'Refresh token invalid' }], success: false }),
        2,
        mint,
      ],
      [
        'calls the token dead as Dex does',
        oauthError(400, 'invalid_request', 'Refresh token is invalid or has already been claimed by another client.'),
        2,
        mint,
      ],
      ['calls the token dead with status 500', oauthError(500, 'invalid_grant'), 2, mint],
      ...[
        'User disabled',
        'Offline session invalid because offline access not granted anymore',
        'Invalid token issuer. Expected https://a but was https://b',
        "Invalid refresh token. Token client and authorized client don't match",
        'AADSTS50076: Due to a configuration change …',
        'AADSTS50079: …',
        'AADSTS53003: Access has been blocked …',
      ].map((words) => [
        `says for now: ${words}`,
        refusal(words),
        1,
        /refuses the refresh token for now \(invalid_grant: .*\)\. \w/,
      ]),
      ['says dead by a longer code of Entra', refusal('AADSTS500760: made up'), 2, mint],
      [
        'refuses the client',
        oauthError(401, 'invalid_client'),
        1,
        /client's credentials \(invalid_client.*(SECRET|client_secret)/,
      ],
      ['refuses the client as Keycloak 16 does', oauthError(400, 'unauthorized_client'), 1, /client's credentials/],
      ['refuses the client without a word', text(401, ''), 1, /client's credentials \(status 401/],
      ['refuses otherwise', oauthError(400, 'unsupported_grant_type'), 1, /with status 400 \(unsupported_grant_type/],
      ['answers with an error and status 200', oauthError(200, 'confused'), 1, /with status 200 \(confused/],
      ['answers with a page and status 200', text(200, '<html>Welcome to our WiFi</html>'), 3, later],
      ['answers with nothing', text(200, ''), 3, later],
      ['answers with JSON that ends early', text(200, '{"access_token":"a","refresh_token":"second"'), 3, later],
      ['answers with JSON and more', text(200, '{"access_token":"a","refresh_token":"second"} }'), 3, later],
      ['answers with an array', text(200, '["access_token","a"]'), 3, later],
      ['answers with a number for an access token', json(200, { access_token: 7 }), 3, later],
      ['answers with a line break in the token', tokens({ access_token: 'a\nb' }), 3, later],
      ['answers 204', (response) => response.writeHead(204).end(), 3, later],
      ['answers 403', text(403, '{"message":"Forbidden"}'), 3, /status 403, Forbidden/],
      ['answers 404', text(404, 'not here'), 3, later],
      ['answers with more than 1 MiB', tokens({ padding: 'x'.repeat(1_100_000) }), 3, later],
    ] as [string, Answer, number, RegExp][])('%s, stops and says what to do', async (_, answer, code, message) => {
      const got = await outcome([answer])
      expect(got).toMatchObject({ code, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(message)
      expect(got.stderr).not.toMatch(/Traceback|at file:|initial-refresh-token|sensor-secret/)
      expect(got.sent).toHaveLength(1)
    })

    const good = '{"access_token":"access-1","refresh_token":"second"}'
    it.concurrent.each([
      ['as text/plain, with a BOM', text(200, `\ufeff${good}`, { 'content-type': 'text/plain' })],
      ['with status 201', text(201, good)],
      [
        'with a token_type that nobody knows',
        tokens({ refresh_token: 'second', token_type: 'BearerToken', id_token: null }),
      ],
      ['beside an error', tokens({ refresh_token: 'second', error: 'mostly_fine' })],
      ['with a padding of 1 MB', tokens({ refresh_token: 'second', padding: 'x'.repeat(1_000_000) })],
    ])('sends tokens %s, keeps them', async (_, answer) => {
      expect(await outcome([answer])).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '', stored: 'second' })
    })

    it.concurrent('sends a refresh token and no access token, stores it and says so', async () => {
      const got = await outcome([json(200, { refresh_token: 'second' })])
      expect(got).toMatchObject({ code: 3, stdout: '', stored: 'second', left: [] })
      expect(got.stderr).toMatch(/sent no access token.*run this again later/)
    })

    it.concurrent.each([
      ['another line', "a\nexport PATH='"],
      ['more than 48 KiB', 'x'.repeat(50_000)],
    ])('sends a refresh token with %s in it, keeps the old one and warns', async (_, refresh_token) => {
      const got = await outcome([tokens({ refresh_token })])
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', ...unchanged })
      expect(got.stderr).toMatch(/warning: .* the old one stays/)
    })

    it.concurrent.each([302, 307, 308])('answers with a redirect (%i), sends nothing there', async (status) => {
      const elsewhere = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
      const got = await outcome([text(status, '', { location: elsewhere.url })])
      expect(got).toMatchObject({ code: 3, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(new RegExp(`did not answer with tokens \\(status ${status}`))
      expect(elsewhere.received).toEqual([])
      await elsewhere.close()
    })

    it.concurrent('writes its JSON in an unusual way, reads the right members', async () => {
      const body = ` \r\n{ "nested" : {"access_token":"wrong","list":[1,-2.5e+3,true,null,{"a":"]}"}]},\t"expires_in":300,
        "empty":{},"none":[], "said":"a \\"refresh_token\\":\\"wrong\\" \\\\", "unicode":"\\u00e9\\ud83d\\ude00é",
        "access_token":"first", "access_token" : "a\\/b\\u002bc\\u0022d\\\\e" , "\\u0072efresh_token":"r\\"\\\\\\/'$\`" } \n`
      const got = await outcome([text(200, body)])
      expect(got).toMatchObject({ code: 0, stdout: 'a/b+c"d\\e\n', stderr: '', stored: 'r"\\/\'$`' })
    })

    it.concurrent('sends long tokens, takes them whole', async () => {
      const long = (start: string) => start.padEnd(3900, 'aB3-_.')
      const got = await outcome([tokens({ access_token: long('A'), refresh_token: long('R') })])
      expect(got).toMatchObject({ code: 0, stdout: `${long('A')}\n`, stored: long('R') })
    })
  })
}
