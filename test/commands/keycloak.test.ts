import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Browserless, browserlessSignIn } from '../support/browserless-sign-in.js'
import { freePort } from '../support/free-port.js'
import { CLIENTS, KEYCLOAK_START, type Keycloak, startKeycloak, USERS } from '../support/keycloak.js'
import { startTmux } from '../support/tmux.js'
import { describeWith, lacking, lackingJava } from '../support/tools.js'

const { username, password } = USERS.alice

describeWith(lackingJava() ?? lacking('tmux'), 'the commands in a terminal, at Keycloak 26.7.2', () => {
  let keycloak: Keycloak
  let settings: Record<string, string>
  const screens: Record<string, string> = {}
  beforeAll(async () => {
    keycloak = await startKeycloak('26.7.2')
    settings = { ...keycloak.env(CLIENTS.plain), PORT: String(await freePort()) }
    const attributes = { 'oauth2.device.authorization.grant.enabled': 'true', 'pkce.code.challenge.method': 'S256' }
    await keycloak.realm.updateClient(CLIENTS.plain, { attributes })
  }, KEYCLOAK_START)
  afterAll(() => {
    if (process.env.WRITE_SCREENS) writeScreens(keycloak, settings, screens)
  })

  it('init writes .env and checks the set-up', async () => {
    const terminal = startTmux({ PORT: String(settings.PORT) })
    terminal.type('offline-token-mint init')
    await terminal.until(/Issuer URL.*:\s*$/m)
    terminal.type(keycloak.issuer)
    await terminal.until(/Client ID:\s*$/m)
    terminal.type(CLIENTS.plain.clientId)
    await terminal.until(/Client secret.*:\s*$/m)
    terminal.type(CLIENTS.plain.secret)
    await terminal.until(/Callback URL: \S+[\s\S]*\$ *$/)
    screens.init = terminal.screen()
    const file = join(terminal.folder, '.env')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toContain(`OAUTH2_CLIENT_SECRET=${CLIENTS.plain.secret}`)
    expect(screens.init).not.toContain(CLIENTS.plain.secret)
    expect(screens.init).not.toMatch(/^fail/m)
  })

  it('mint takes a pasted address, and test tests what it wrote', async () => {
    const terminal = startTmux(settings)
    terminal.type('offline-token-mint mint --format sh --output device.sh')
    const [, authorizationUrl = ''] = await terminal.until(/^ {2}(http\S+\?\S+)/m)
    const redirectUri = new URL(authorizationUrl).searchParams.get('redirect_uri') ?? ''
    const back = await browserlessSignIn({ authorizationUrl, username, password, redirectUri })
    terminal.type(String(back))
    await terminal.until(/Written to device\.sh/)
    screens.mint = terminal.screen()
    expect(screens.mint).toContain('Reusable.')
    expect(readFileSync(join(terminal.folder, 'device.sh'), 'utf8')).toMatch(/OAUTH2_REFRESH_TOKEN_USAGE=.?keep/)

    const tests = startTmux(settings)
    writeFileSync(join(tests.folder, 'device.sh'), readFileSync(join(terminal.folder, 'device.sh')))
    tests.type('offline-token-mint test device.sh')
    await tests.until(/"verdict": "reusable"[\s\S]*\$ *$/)
    screens.test = tests.screen()
    tests.type('offline-token-mint test --read-only device.sh > answer.json; echo "exit code $?"')
    await tests.until(/exit code 0/)
  })

  it('test stores the next token of a realm that replaces them, and exits 2 for the old one', async () => {
    await keycloak.realm.update({ revokeRefreshToken: true, refreshTokenMaxReuse: 0 })
    const { refresh_token } = await keycloak.mint(CLIENTS.plain)
    const terminal = startTmux(settings)
    const file = join(terminal.folder, 'config.json')
    writeFileSync(
      file,
      JSON.stringify({
        token_endpoint: keycloak.tokenEndpoint,
        client_id: CLIENTS.plain.clientId,
        client_secret: CLIENTS.plain.secret,
        refresh_token,
        refresh_token_usage: 'store',
      }),
    )
    chmodSync(file, 0o600)
    terminal.type('offline-token-mint test config.json > answer.json; echo "exit code $?"')
    await terminal.until(/exit code 0/)
    const answer = JSON.parse(readFileSync(join(terminal.folder, 'answer.json'), 'utf8'))
    const stored = JSON.parse(readFileSync(file, 'utf8')).refresh_token
    expect([answer.verdict, stored === answer.refresh_token, stored === refresh_token]).toEqual([
      'one_time',
      true,
      false,
    ])
    terminal.type(`printf %s ${refresh_token} | offline-token-mint test --read-only > old.json; echo "old: $?"`)
    await terminal.until(/old: 2/)
    await keycloak.realm.update({ revokeRefreshToken: false })
  })

  it('mint --device gives an offline token, with PKCE required', async () => {
    const terminal = startTmux(settings)
    terminal.type('offline-token-mint mint --device')
    const [, address = ''] = await terminal.until(/^ {2}(http\S+user_code=\S+)/m)
    const browser = new Browserless('http://nowhere.example')
    const question = await browser.submit(await browser.open(address), { username, password })
    await browser.submit(question, { accept: 'Yes' })
    await terminal.until(/"verdict": "reusable"[\s\S]*\$ *$/)
    screens['mint --device'] = terminal.screen()
  })

  it('mint --device names the switch that is off', async () => {
    await keycloak.realm.updateClient(CLIENTS.plain, {
      attributes: { 'oauth2.device.authorization.grant.enabled': 'false' },
    })
    const terminal = startTmux(settings)
    terminal.type('offline-token-mint mint --device; echo "exit code $?"')
    await terminal.until(/exit code 1/)
    expect(terminal.screen()).toContain('OAuth 2.0 Device Authorization Grant')
  })
})

/** Writes docs/terminal.md, with names that anyone may have in place of the test's. */
function writeScreens(
  keycloak: Keycloak,
  { PORT = '' }: Record<string, string>,
  screens: Record<string, string>,
): void {
  const shown = (screen: string) =>
    screen
      .replaceAll(keycloak.issuer, 'https://keycloak.example.org/realms/organicity')
      .replaceAll(encodeURIComponent(keycloak.issuer), 'https%3A%2F%2Fkeycloak.example.org%2Frealms%2Forganicity')
      .replaceAll(PORT, '3000')
      .replace(/\/\S*\/command-\w+/g, '/home/me')
      // Only the test's Keycloak is on loopback.
      .replace(/"warnings": \[\n[\s\S]*?\n {2}\]/g, '"warnings": []')
      .replace(/eyJ[\w-]{20,}(\.[\w-]+){1,2}/g, 'eyJhbGciOi…')
      .replace(/((?:state|session_state|code|code_challenge)=)[\w.-]{16,}/g, '$1…')
  const [before = ''] = readFileSync('docs/terminal.md', 'utf8').split('<!-- screens -->')
  const parts = ['init', 'mint', 'mint --device', 'test'].map(
    (name) => `## ${name}\n\n\`\`\`text\n${shown(screens[name] ?? '')}\n\`\`\`\n`,
  )
  writeFileSync('docs/terminal.md', `${before}<!-- screens -->\n\n${parts.join('\n')}`)
}
