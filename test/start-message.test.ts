import { describe, expect, it } from '@jest/globals'
import { loadConfig } from '../server/config/config.js'
import { placeFrom } from '../server/process/remote-machine.js'
import { startMessage } from '../server/process/start-message.js'

const SECRET = { SESSION_SECRET: '0123456789abcdef'.repeat(2) }
const KEYCLOAK = { OAUTH2_ISSUER: 'https://kc.example/realms/r', OAUTH2_CLIENT_ID: 'node-7' }
const SHARED = { ...KEYCLOAK, ...SECRET, BASE_URL: 'https://mint.example' }

const NO_FILE = { path: '/home/me/mint/.env', text: null }

function message(
  env: Record<string, string>,
  text: string | null = null,
  providerProblem: string | null = null,
): string {
  const config = loadConfig(env, { dotenv: { ...NO_FILE, text } })
  return startMessage(config, { place: placeFrom(env), providerProblem })
}

describe('startMessage', () => {
  it('greets a newcomer with what to open and whom to sign in as', () => {
    expect(message({})).toBe(`
  Offline Token Mint is ready

  Open          http://localhost:3000
  Provider      http://localhost:3000/realms/organicity (demo, built in)
  Client        sensor, with a secret
  Scope         offline_access
  Callback URL  http://localhost:3000/auth/oauth2/callback
  Sign in as    demo        reusable tokens
                rotating    one-time tokens
                no-offline  no offline tokens
                (the password of each: demo)
  Sessions      in memory, with a random secret: they end when the app stops. Minted tokens still work.
  Settings      no .env in /home/me/mint
`)
  })

  const SSH = { SSH_CONNECTION: '198.51.100.4 50022 10.0.0.7 22', USER: 'pi' }
  const CODESPACE = { CODESPACES: 'true', CODESPACE_NAME: 'fluffy-potato' }
  const rows: [what: string, env: Record<string, string>, lines: string[]][] = [
    [
      'the provider, the client and what to register',
      KEYCLOAK,
      [
        'https://kc.example/realms/r',
        'node-7, public',
        'http://localhost:3000/auth/oauth2/callback',
        'register exactly this',
      ],
    ],
    [
      'a client that has a secret, without the secret',
      { ...KEYCLOAK, OAUTH2_CLIENT_SECRET: 'hush' },
      ['node-7, with a secret'],
    ],
    [
      'the token endpoint where there is no issuer',
      {
        OAUTH2_CLIENT_ID: 'id',
        OAUTH2_AUTHORIZATION_ENDPOINT: 'https://p.example/a',
        OAUTH2_TOKEN_ENDPOINT: 'https://p.example/t',
      },
      ['Provider      https://p.example/t'],
    ],
    [
      'the scope that is set',
      { ...KEYCLOAK, OAUTH2_SCOPE: 'openid offline_access' },
      ['Scope         openid offline_access'],
    ],
    [
      "a known provider's own way",
      { OAUTH2_ISSUER: 'https://accounts.google.com', OAUTH2_CLIENT_ID: 'id' },
      ['access_type=offline&prompt=consent'],
    ],
    [
      'that a known provider refuses localhost',
      { OAUTH2_ISSUER: 'https://accounts.spotify.com', OAUTH2_CLIENT_ID: 'id' },
      ['none (the provider', 'BASE_URL=http://127.0.0.1:PORT'],
    ],
    ['over SSH, the tunnel', SSH, ['Over SSH', 'ssh -L 3000:localhost:3000 pi@10.0.0.7']],
    [
      'over SSH, the ports that are really used',
      { ...SSH, PORT: '4000', BASE_URL: 'http://localhost:8080' },
      ['ssh -L 8080:localhost:4000 pi@10.0.0.7'],
    ],
    [
      'over SSH, an sshd on another port',
      { ...SSH, SSH_CONNECTION: '::1 1 ::ffff:192.0.2.9 2222' },
      ['ssh -L 3000:localhost:3000 -p 2222 pi@192.0.2.9'],
    ],
    [
      'over SSH, the address that is listened on',
      { ...SSH, HOST: '10.0.0.7' },
      ['ssh -L 3000:10.0.0.7:3000 pi@10.0.0.7'],
    ],
    ['over SSH, an IPv6 address that is listened on', { ...SSH, HOST: 'fd00::7' }, ['ssh -L 3000:[fd00::7]:3000']],
    [
      'over SSH, what to fill in where nothing is known',
      { SSH_TTY: '/dev/pts/0' },
      ['ssh -L 3000:localhost:3000 USER@THIS-MACHINE'],
    ],
    ['in WSL, how to open the page', { WSL_DISTRO_NAME: 'Debian' }, ['explorer.exe http://localhost:3000']],
    ['in a dev container, which port to forward', { REMOTE_CONTAINERS: 'true' }, ['Forward port 3000']],
    [
      'in a dev container, where to forward it to',
      { REMOTE_CONTAINERS: 'true', BASE_URL: 'http://localhost:8080' },
      ['Forward port 3000', 'local port 8080'],
    ],
    [
      'in a Codespace, the forwarding and why',
      { ...CODESPACE, PORT: '4000' },
      [
        'https://fluffy-potato-4000.app.github.dev is not BASE_URL',
        'gh codespace ports forward 4000:4000 -c fluffy-potato',
      ],
    ],
    [
      'in a Codespace, the innermost place alone',
      { ...CODESPACE, REMOTE_CONTAINERS: 'true', ...SSH },
      ['gh codespace ports forward 3000:3000'],
    ],
    ['that the network can connect', { HOST: '0.0.0.0' }, ['0.0.0.0, port 3000: on every network of this machine']],
    ['a shared site without Redis what that means', SHARED, ['run only one process', 'A restart signs everyone out']],
    [
      'where Redis is, without its password',
      { ...SHARED, REDIS_URL: 'redis://u:hush@r.example:6380/1' },
      ['Sessions      in Redis at r.example:6380\n'],
    ],
    [
      'a shared site which setting it lacks for TLS to be seen',
      SHARED,
      ['set TRUST_PROXY to the address of the proxy that handles TLS'],
    ],
    [
      'with a session secret, what ends all the same',
      SECRET,
      ['in memory: they end when the app stops. Minted tokens still work.'],
    ],
  ]
  it.each(rows)('says %s', (_what, env, lines) => {
    const told = message(env)
    for (const line of lines) expect(told).toContain(line)
    expect(told).not.toContain('hush')
  })

  it.each<[string, Record<string, string>, string]>([
    ['tunnels on a shared site', { ...SHARED, ...SSH }, 'ssh -L'],
    ['demo users with another provider', KEYCLOAK, 'Sign in as'],
    ['the tunnel of an outer place', { ...CODESPACE, ...SSH }, 'ssh -L'],
    ['the network where only this machine can connect', { HOST: '127.0.0.1' }, 'Listens on'],
    ['proxies where one is trusted', { ...SHARED, TRUST_PROXY: 'loopback' }, 'TRUST_PROXY'],
    ['about one process where Redis is', { ...SHARED, REDIS_URL: 'redis://r' }, 'one process'],
  ])('says nothing of %s', (_what, env, words) => {
    expect(message(env)).not.toContain(words)
  })

  it('says which file was read and names the settings from it, without their values', () => {
    const text =
      "OAUTH2_ISSUER=https://kc.example/r\nOAUTH2_CLIENT_ID=id\nOAUTH2_CLIENT_SECRET='hush'\nHOST=127.0.0.1\nPORT=4000\n"
    const told = message({ PORT: '3000' }, text)
    expect(told).toContain(`
  Settings      from /home/me/mint/.env:
                OAUTH2_ISSUER, OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET, HOST
                overridden by the environment: PORT
`)
    expect(told).not.toContain('hush')
  })

  it('says so when the file has no setting of this app (motdotla/dotenv#445)', () => {
    expect(message({}, 'DATABASE_URL=x\n')).toContain(
      'Settings      /home/me/mint/.env has no setting that this app reads\n',
    )
  })

  it('says so when the environment overrides all of the file', () => {
    expect(message({ PORT: '3000' }, 'PORT=4000\n')).toContain(
      'from /home/me/mint/.env, but the environment overrides them all:\n                PORT\n',
    )
  })

  it("says beside the provider's address why it can't be reached", () => {
    const problem = "We can't reach kc.example/realms/r: nothing listens there."
    expect(message(KEYCLOAK, null, problem)).toContain(
      `  Provider      https://kc.example/realms/r\n                ${problem}\n                (the app keeps trying;`,
    )
  })

  it('says that PKCE is off', () => {
    expect(message({ ...KEYCLOAK, OAUTH2_CLIENT_SECRET: 'hush', OAUTH2_PKCE: 'off' })).toContain(
      'node-7, with a secret, without PKCE\n',
    )
  })
})
