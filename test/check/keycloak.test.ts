import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CLIENTS, KEYCLOAK_START, type Keycloak, startKeycloak } from '../support/keycloak.js'
import { CACHE } from '../support/servers/cache.js'
import { describeWith, lackingJava } from '../support/tools.js'
import { runCheck } from './run-check.js'

const { sensor, plain, noScope, public: publicClient } = CLIENTS

const VERSIONS = [
  { version: '26.7.2', basic: 'client_secret_basic', otherBasic: 'client_secret_basic_raw', clock: 'unknown' },
  { version: '24.0.5', basic: 'client_secret_basic', otherBasic: 'client_secret_basic_raw', clock: 'unknown' },
  { version: '16.1.1', basic: 'client_secret_basic_raw', otherBasic: 'client_secret_basic', clock: 'pass' },
] as const

/** Runs the commands that the check offers, as an administrator who has logged in; what the last one prints. */
async function runCommands(keycloak: Keycloak, commands: string[] = []): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'kcadm-'))
  // Unpacked by `jar`, the distribution's own script is not executable.
  const script = join(CACHE, 'keycloak-26.7.2', 'bin', 'kcadm.sh')
  await writeFile(join(home, 'kcadm.sh'), `#!/bin/sh\nexec sh '${script}' "$@"\n`, { mode: 0o755 })
  const login = `kcadm.sh config credentials --server '${keycloak.url}' --realm master --user admin --password admin`
  const { stdout } = await promisify(execFile)('sh', ['-ec', [login, ...commands].join('\n')], {
    env: { ...process.env, HOME: home, PATH: `${home}:${process.env.PATH}` },
  })
  await rm(home, { recursive: true })
  return stdout
}

describeWith(lackingJava(), 'The commands that the set-up check offers', () => {
  let keycloak: Keycloak
  beforeAll(async () => {
    keycloak = await startKeycloak('26.7.2')
  }, KEYCLOAK_START)
  afterAll(() => keycloak?.stop())

  it('make the check pass where there is no client, with the secret that the last one prints', async () => {
    const env = { ...keycloak.env(sensor), OAUTH2_CLIENT_ID: 'green house & co', OAUTH2_CLIENT_SECRET: 'not yet' }
    const { found } = await runCheck(env)
    expect(found.client_authentication).toMatchObject({ skipped_because: 'authorization_request' })
    const printed = await runCommands(keycloak, found.authorization_request?.commands)
    const secret = /"value" : "([^"]+)"/.exec(printed)?.[1] as string
    const after = await runCheck({ ...env, OAUTH2_CLIENT_SECRET: secret })
    expect({ ...after.results, clock: 'any' }).toEqual({
      discovery: 'pass',
      authorization_request: 'pass',
      client_authentication: 'pass',
      endpoints: 'pass',
      clock: 'any',
    })
  }, 120_000)

  it('make it pass where the callback URL is not registered, and keep those that are', async () => {
    const env = { ...keycloak.env(plain), BASE_URL: 'http://127.0.0.2:3000' }
    const { found } = await runCheck(env)
    await runCommands(keycloak, found.authorization_request?.commands)
    expect((await runCheck(env)).ok).toBe(true)
    expect((await runCheck(keycloak.env(plain))).ok).toBe(true)
  }, 120_000)

  it('are not offered with a quote in the client ID', async () => {
    const { found } = await runCheck({ ...keycloak.env(sensor), OAUTH2_CLIENT_ID: "it's" })
    expect(found.authorization_request?.result).toBe('fail')
    expect(found.authorization_request?.commands).toBeUndefined()
  })
})

describeWith(lackingJava(), 'The set-up check', () => {
  describe.each(VERSIONS)('at Keycloak $version', ({ version, basic, otherBasic, clock }) => {
    let keycloak: Keycloak
    beforeAll(async () => {
      keycloak = await startKeycloak(version)
    }, KEYCLOAK_START)
    afterAll(() => keycloak?.stop())

    it('finds nothing wrong with a sound set-up', async () => {
      const { ok, results, found } = await runCheck(keycloak.env(sensor))
      expect(results).toEqual({
        discovery: 'pass',
        authorization_request: 'pass',
        client_authentication: 'pass',
        endpoints: 'pass',
        clock,
      })
      expect(ok).toBe(true)
      expect(found.client_authentication?.accepted).toEqual([basic, 'client_secret_post'])
      expect(found.authorization_request?.message).toContain('accepts the callback URL')
    })

    it('nor where the secret has plain letters', async () => {
      const { ok, found } = await runCheck(keycloak.env(plain))
      expect(ok).toBe(true)
      expect(found.client_authentication).toMatchObject({
        result: 'pass',
        accepted: ['client_secret_basic', 'client_secret_post'],
      })
    })

    it('nor with a public client, which Keycloak lets ask for no tokens', async () => {
      const { ok, found } = await runCheck(keycloak.env(publicClient))
      expect(ok).toBe(true)
      expect(found.authorization_request?.result).toBe('pass')
      expect(found.client_authentication).toMatchObject({ result: 'pass', accepted: ['none'] })
      expect(found.endpoints).toMatchObject({ result: 'warn', hint: expect.stringContaining('confidential') })
    })

    it('uses up nothing', async () => {
      await keycloak.realm.update({ revokeRefreshToken: true, refreshTokenMaxReuse: 0 })
      const { refresh_token } = await keycloak.mint(plain)
      await runCheck(keycloak.env(plain))
      const response = await fetch(keycloak.tokenEndpoint, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token,
          client_id: plain.clientId,
          client_secret: plain.secret,
        }),
      })
      expect(response.status).toBe(200)
      await keycloak.realm.update({ revokeRefreshToken: false })
    })

    it.each([
      [
        'a client that is not there',
        { OAUTH2_CLIENT_ID: 'nobody' },
        'authorization_request',
        /Compare OAUTH2_CLIENT_ID/,
      ],
      [
        'a callback URL that is not registered',
        { BASE_URL: 'http://127.0.0.2:3000' },
        'authorization_request',
        /Valid redirect URIs/,
      ],
      [
        'a client without the scope',
        { OAUTH2_CLIENT_ID: noScope.clientId, OAUTH2_CLIENT_SECRET: noScope.secret },
        'authorization_request',
        /add offline_access as "Optional"/,
      ],
      ['a wrong secret', { OAUTH2_CLIENT_SECRET: 'wrong' }, 'client_authentication', /Copy OAUTH2_CLIENT_SECRET again/],
      [
        'a way of sending the secret that it does not take',
        { OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: otherBasic },
        'client_authentication',
        new RegExp(`^Set OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD=${basic} in .env, then restart\\.$`),
      ],
      [
        'no secret for a confidential client',
        { OAUTH2_CLIENT_SECRET: '' },
        'client_authentication',
        /OAUTH2_CLIENT_SECRET/,
      ],
    ] as [string, Record<string, string>, string, RegExp][])('finds %s', async (_, wrong, id, hint) => {
      const { ok, found } = await runCheck({ ...keycloak.env(sensor), ...wrong })
      expect(found[id]?.result).toBe('fail')
      expect(found[id]?.hint).toMatch(hint)
      expect(ok).toBe(false)
    })

    it('finds a realm that is not there', async () => {
      const { ok, found } = await runCheck({ ...keycloak.env(sensor), OAUTH2_ISSUER: `${keycloak.issuer}-not` })
      expect(found.discovery).toMatchObject({ result: 'fail', hint: expect.stringContaining('OAUTH2_ISSUER') })
      expect(ok).toBe(false)
    })

    it.each([
      ['a client that is switched off', { enabled: false }, /switch "Enabled" on/],
      ['a client without the standard flow', { standardFlowEnabled: false }, /switch "Standard flow" on/],
      ['a demand for PKCE with plain', { attributes: { 'pkce.code.challenge.method': 'plain' } }, /choose S256/],
    ])('finds %s', async (_, wrong, hint) => {
      await keycloak.realm.updateClient(plain, wrong)
      const { ok, found } = await runCheck(keycloak.env(plain))
      await keycloak.realm.updateClient(plain, {
        enabled: true,
        standardFlowEnabled: true,
        attributes: { 'pkce.code.challenge.method': '' },
      })
      expect(found.authorization_request).toMatchObject({ result: 'fail', hint: expect.stringMatching(hint) })
      expect(ok).toBe(false)
    })

    it.each([
      [
        'pushed authorization requests',
        { 'require.pushed.authorization.requests': 'true' },
        'authorization_request',
        'PAR',
      ],
      ['DPoP', { 'dpop.bound.access.tokens': 'true' }, 'client_authentication', 'DPoP'],
    ])('names a client that demands %s', async (_, attributes, id, word) => {
      if (version !== '26.7.2') return
      await keycloak.realm.updateClient(plain, { attributes })
      const { found } = await runCheck(keycloak.env(plain))
      const off = Object.fromEntries(Object.keys(attributes).map((name) => [name, 'false']))
      await keycloak.realm.updateClient(plain, { attributes: off })
      expect(found[id]).toMatchObject({ result: 'fail', message: expect.stringContaining(word) })
    })

    it('says that a public client takes any secret, and never that it takes ours', async () => {
      const { found } = await runCheck({ ...keycloak.env(publicClient), OAUTH2_CLIENT_SECRET: 'any' })
      expect(found.client_authentication).toMatchObject({
        result: 'unknown',
        accepted: [],
        hint: expect.stringContaining('leave OAUTH2_CLIENT_SECRET empty'),
      })
    })
  })
})
