import { expect, it } from '@jest/globals'
import { describeWith } from '../support/tools.js'
import { BOARDS } from './boards.js'
import { install, leftovers, refresh } from './devices.js'
import { type Answer, drip, json, oauthError, oneTime, startTokenEndpoint, text, tokens } from './token-endpoint.js'

const chunked: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"access_token":"access-1",')
  response.end('"refresh_token":"second"}')
}

for (const board of BOARDS.filter(({ compiled }) => !compiled)) {
  describeWith(board.missing, `${board.name}, when the provider`, () => {
    /** Runs it once against this answer: what it said, what it would send next, what it sent. */
    async function outcome(answer: Answer, env: Record<string, string> = {}) {
      const endpoint = await startTokenEndpoint(answer)
      const folder = await install(board, { token_endpoint: endpoint.url })
      const got = await refresh(board, folder, { env: { BOARD_SPEED: '20', ...env } })
      await endpoint.close()
      const sent = endpoint.received.map(({ body }) => body.get('refresh_token'))
      return { ...got, stored: await board.stored(folder), sent, left: await leftovers(board, folder), endpoint }
    }

    it.concurrent('sends another refresh token, prints the access token alone and keeps the newest', async () => {
      const got = await outcome(tokens({ refresh_token: 'second' }))
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '', stored: 'second', left: [] })
      expect(got.sent).toEqual(['initial-refresh-token'])
      const [request] = got.endpoint.received
      expect(request).toMatchObject({
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          host: new URL(got.endpoint.url).host,
        },
      })
      expect([...(request?.body.keys() ?? [])]).toEqual(['grant_type', 'refresh_token'])
      expect(request?.body.get('grant_type')).toBe('refresh_token')
    })

    const second = { refresh_token: 'second' }
    it.concurrent.each([
      ['sends no token_type', json(200, { access_token: 'access-1', ...second })],
      ['calls it a BearerToken', tokens({ token_type: 'BearerToken', ...second })],
      [
        'sends JSON as text/plain',
        json(200, { access_token: 'access-1', ...second }, { 'content-type': 'text/plain' }),
      ],
      ['begins with a BOM', text(200, `\ufeff{"access_token":"access-1","refresh_token":"second"}`)],
      ['answers 201', json(201, { access_token: 'access-1', ...second })],
      ['sends null for the ID token', tokens({ id_token: null, ...second })],
      ['sends the lifetime as text', tokens({ expires_in: '300', ...second })],
      ['sends an error beside the tokens', tokens({ error: 'remark', ...second })],
      ['sends its answer in chunks', chunked],
    ])('%s, keeps the token', async (_, answer) => {
      expect(await outcome(answer)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '', stored: 'second' })
    })

    it.concurrent('sends no access token, keeps the refresh token all the same', async () => {
      const got = await outcome(json(200, { token_type: 'Bearer', ...second }))
      expect(got).toMatchObject({ code: 3, stdout: '', stored: 'second' })
      expect(got.stderr).toMatch(/no access token came/)
    })

    it.concurrent.each([
      ['sends no refresh token', tokens()],
      ['sends an empty refresh token', tokens({ refresh_token: '' })],
      ['sends a refresh token that is none', tokens({ refresh_token: 'a\nb' })],
      ['sends a number for a refresh token', tokens({ refresh_token: 7 })],
      ['sends the same refresh token', tokens({ refresh_token: 'initial-refresh-token' })],
    ])('%s, keeps the old one', async (_, answer) => {
      const got = await outcome(answer)
      expect(got).toMatchObject({
        code: 0,
        stdout: 'access-1\n',
        stderr: '',
        stored: 'initial-refresh-token',
        left: [],
      })
    })

    it.concurrent('writes its JSON in an unusual way, reads the right members', async () => {
      const body = ` \r\n{ "nested" : {"access_token":"wrong","list":[1,-2.5e+3,true,null,{"a":"]}"}]},\t"expires_in":300,
        "empty":{},"none":[], "said":"a \\"refresh_token\\":\\"wrong\\" \\\\", "unicode":"\\u00e9é",
        "access_token":"first", "access_token" : "a\\/b\\u002bc\\u0022d\\\\e" , "\\u0072efresh_token":"r\\"\\\\\\/'$\`" } \n`
      expect(await outcome(text(200, body))).toMatchObject({ code: 0, stdout: 'a/b+c"d\\e\n', stored: 'r"\\/\'$`' })
    })

    it.concurrent('sends long tokens, takes them whole', async () => {
      const long = (start: string) => start.padEnd(3900, 'aB3-_.')
      const got = await outcome(tokens({ access_token: long('A'), refresh_token: long('R') }))
      expect(got).toMatchObject({ code: 0, stdout: `${long('A')}\n`, stored: long('R') })
    })

    const refused = (words: string) => oauthError(400, 'invalid_grant', words)
    it.concurrent.each([
      ['calls the token dead', refused('Token is\u001b[2J not active'), 2, /invalid_grant: Token is \[2J not active\)/],
      ['calls it dead without words', json(400, { error: 'invalid_grant' }), 2, /Mint a new one/],
      ['calls it dead with status 200, as GitHub does', oauthError(200, 'bad_refresh_token'), 2, /bad_refresh_token/],
      ['calls it inactive', oauthError(401, 'token_inactive'), 2, /Mint a new one/],
      ['calls it an invalid code, as Zoho does', oauthError(200, 'invalid_code'), 2, /Mint a new one/],
      [
        'has disabled the user',
        refused('User disabled'),
        1,
        /for now \(invalid_grant: User disabled\)\. It is not dead/,
      ],
      [
        'has taken the scope off the client',
        refused('Offline session invalid because offline access not granted anymore'),
        1,
        /It is not dead/,
      ],
      ['has another issuer', refused("Invalid token issuer. Expected 'http://a'"), 1, /It is not dead/],
      [
        'names another client',
        refused("Invalid refresh token. Token client and authorized client don't match"),
        1,
        /It is not dead/,
      ],
      ['asks for a second factor', refused('AADSTS50076: Due to a configuration change'), 1, /It is not dead/],
      ['refuses the client', oauthError(401, 'invalid_client'), 1, /client's credentials \(invalid_client/],
      ['refuses the client otherwise', oauthError(400, 'unauthorized_client'), 1, /client's credentials/],
      ['refuses otherwise', oauthError(400, 'unsupported_grant_type'), 1, /status 400 \(unsupported_grant_type/],
      ['shows a sign-in page', text(200, '<html>Welcome to our WiFi</html>'), 3, /network's sign-in page/],
      ['answers with nothing', text(200, ''), 3, /sign-in page/],
      [
        'sends JSON that ends early',
        text(200, '{"access_token":"a","refresh_token":"second"'),
        3,
        /again|sign-in page/,
      ],
      ['answers with an array', text(200, '["access_token","a"]'), 3, /again|sign-in page/],
      ['sends a number for an access token', json(200, { access_token: 7 }), 3, /again|sign-in page/],
      ['redirects', text(302, '', { location: 'http://127.0.0.1:1/' }), 3, /answered 302.*redirect.*does not follow/],
      ['answers 403', text(403, 'no'), 3, /answered 403.*again/],
      ['answers 404', json(404, { error: 'Realm does not exist' }), 3, /answered 404.*again/],
      ['answers 408', text(408, ''), 3, /answered 408.*again/],
      ['answers 503', text(503, '<h1>Maintenance</h1>'), 3, /answered 503.*again/],
      ['answers 429', json(429, {}, { 'retry-after': '4' }), 3, /answered 429.*again/],
      ['is not there for a while', oauthError(400, 'temporarily_unavailable'), 3, /temporarily_unavailable.*again/],
      ['sends its error as an object', json(400, { error: { code: 'X', message: 'y' } }), null, /answered|refused/],
    ] as [string, Answer, number | null, RegExp][])('%s, says what to do', async (_, answer, code, message) => {
      const got = await outcome(answer)
      expect(got.stderr).toMatch(message)
      if (code !== null) expect(got.code).toBe(code)
      expect(got).toMatchObject({ stdout: '', stored: 'initial-refresh-token', left: [] })
      expect(got.stderr).not.toMatch(/Traceback|initial-refresh-token|sensor-secret/)
      expect(got.sent).toHaveLength(1)
    })

    it.concurrent('repeats what was sent to it, says nothing of that', async () => {
      const got = await outcome((response, { body }) =>
        oauthError(400, 'invalid_grant', `no ${body.get('refresh_token')}`)(response, { body } as never),
      )
      expect(got.stderr).toMatch(/invalid_grant: no \.\.\./)
      expect(got.stderr).not.toContain('initial-refresh-token')
    })

    it.concurrent('drips its answer for longer than that may take, gives up and keeps the old token', async () => {
      const got = await outcome(drip, { BOARD_SPEED: '60' })
      expect(got).toMatchObject({ code: 3, stdout: '', stored: 'initial-refresh-token' })
      expect(got.stderr).toMatch(/no whole answer/)
      expect(got.sent).toHaveLength(1)
    })

    it.concurrent('is given the token again after another run, lives on', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
      const folder = await install(board, { token_endpoint: endpoint.url })
      for (const run of [1, 2, 3]) {
        expect(await refresh(board, folder)).toMatchObject({ code: 0, stdout: `access-${run}\n`, stderr: '' })
      }
      await endpoint.close()
      expect(await board.stored(folder)).toBe('initial-refresh-token-3')
    })
  })
}
