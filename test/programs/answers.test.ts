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

for (const device of DEVICES) {
  describeWith(device.missing, `${device.name}, when the provider`, () => {
    /** Runs it once against these answers: what it said, what it would send next, what it sent. */
    async function outcome(answers: [Answer, ...Answer[]], env: Record<string, string> = {}) {
      const endpoint = await startTokenEndpoint(...answers)
      const folder = await install(device, { token_endpoint: endpoint.url })
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

    it.concurrent('breaks off in the middle of the answer, asks again', async () => {
      const got = await outcome([halfAnAnswer, tokens({ refresh_token: 'second' })])
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stored: 'second', left: [] })
      expect(got.sent).toEqual(['initial-refresh-token', 'initial-refresh-token'])
    })

    it.concurrent('breaks off and then refuses the token, says that the lost answer may have replaced it', async () => {
      const got = await outcome([halfAnAnswer, oauthError(400, 'invalid_grant', 'Stale token')])
      expect(got).toMatchObject({ code: 2, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(/invalid_grant: Stale token.*Mint a new one.*earlier try was lost/s)
    })

    it.concurrent.each([
      ['never answers', silence],
      ['drips its answer', drip],
    ])('%s, gives up when the time is over', async (_, answer) => {
      if (answer === drip && device.program === 'micropython-program') return // its time-out is for standing still
      const began = Date.now()
      const got = await outcome([answer], { REFRESH_TIMEOUT: '2', REFRESH_TRIES: '2' })
      expect(got).toMatchObject({ code: 3, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(/no whole answer/)
      expect(Date.now() - began).toBeLessThan(40_000)
      expect(got.sent).toHaveLength(2)
    })

    it.concurrent('is not there, gives up and says so', async () => {
      const folder = await install(device, { token_endpoint: 'http://127.0.0.1:1/token' })
      const got = await refresh(device, folder, { env: { REFRESH_TRIES: '2' } })
      expect(got).toMatchObject({ code: 3, stdout: '' })
      expect(got.stderr).toMatch(/no whole answer from http:\/\/127.0.0.1:1\/token.*gave up after 2 tries/s)
      expect(await leftovers(device, folder)).toEqual([])
    })

    it.concurrent.each([
      [
        'calls the token dead',
        oauthError(400, 'invalid_grant', 'Token is\u001b[2J not active'),
        2,
        /invalid_grant: Token is \[2J not active\)\. Mint a new one/,
      ],
      [
        'calls the token dead with status 200, as GitHub does',
        oauthError(200, 'bad_refresh_token'),
        2,
        /bad_refresh_token.*Mint a new one/,
      ],
      [
        'refuses the client',
        oauthError(401, 'invalid_client'),
        1,
        /client's credentials \(invalid_client.*SECRET|client's credentials \(invalid_client.*client_secret/,
      ],
      ['refuses otherwise', oauthError(400, 'unsupported_grant_type'), 1, /with status 400 \(unsupported_grant_type/],
      [
        'answers with an error and status 200',
        oauthError(200, 'temporarily_confused'),
        1,
        /with status 200 \(temporarily_confused/,
      ],
      [
        'answers with a page and status 200',
        text(200, '<html>Welcome to our WiFi</html>'),
        1,
        /something else than tokens/,
      ],
      ['answers with nothing', text(200, ''), 1, /something else than tokens/],
      [
        'answers with JSON that ends early',
        text(200, '{"access_token":"a","refresh_token":"second"'),
        1,
        /something else than tokens/,
      ],
      [
        'answers with JSON and more',
        text(200, '{"access_token":"a","refresh_token":"second"} }'),
        1,
        /something else than tokens/,
      ],
      ['answers with an array', text(200, '["access_token","a"]'), 1, /something else than tokens/],
      ['answers without an access token', json(200, { refresh_token: 'second' }), 1, /something else than tokens/],
      ['answers with a number for an access token', json(200, { access_token: 7 }), 1, /something else than tokens/],
      ['answers with a line break in the token', tokens({ access_token: 'a\nb' }), 1, /something else than tokens/],
      [
        'answers with another line in the refresh token',
        tokens({ refresh_token: "a\nexport PATH='" }),
        1,
        /something else than tokens/,
      ],
      ['answers 404', text(404, 'not here'), 1, /answered 404: check/],
      ['answers with more than anybody reads', tokens({ padding: 'x'.repeat(100_000) }), 1, /larger than/],
    ] as [string, Answer, number, RegExp][])('%s, stops and says what to do', async (_, answer, code, message) => {
      const got = await outcome([answer])
      expect(got).toMatchObject({ code, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(message)
      expect(got.stderr).not.toMatch(/Traceback|at file:|initial-refresh-token|sensor-secret/)
      expect(got.sent).toHaveLength(1)
    })

    it.concurrent.each([302, 307, 308])('answers with a redirect (%i), sends nothing there', async (status) => {
      const elsewhere = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
      const got = await outcome([text(status, '', { location: elsewhere.url })])
      expect(got).toMatchObject({ code: 1, stdout: '', ...unchanged })
      expect(got.stderr).toMatch(/redirect.*not followed/)
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
