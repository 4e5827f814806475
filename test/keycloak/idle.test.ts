import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startApp } from '../support/app.js'
import { KEYCLOAK_START, type Keycloak, type KeycloakVersion, startKeycloak } from '../support/keycloak.js'
import { describeWith, lackingJava } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
const VERSIONS: KeycloakVersion[] = ['26.7.2', '24.0.5', '16.1.1']

/** Up to 24, Keycloak grants two minutes beyond the limit, for the clocks of its own cluster. */
const OVER = 125_000

describeWith(lackingJava(), 'the proof of a token that was idle longer than Offline Session Idle', () => {
  const minted = new Map<KeycloakVersion, { keycloak: Keycloak; refresh_token: string }>()

  beforeAll(async () => {
    for (const version of VERSIONS) {
      const keycloak = await startKeycloak(version, { realm: { offlineSessionIdleTimeout: 2 } })
      minted.set(version, { keycloak, refresh_token: (await keycloak.mint()).refresh_token })
    }
    await new Promise((resolve) => setTimeout(resolve, OVER))
  }, KEYCLOAK_START)
  afterAll(async () => {
    for (const { keycloak } of minted.values()) await keycloak.stop()
  }, 60_000)

  it.each(VERSIONS)('calls it invalid and names the limit: Keycloak %s', async (version) => {
    const { keycloak, refresh_token } = minted.get(version) as { keycloak: Keycloak; refresh_token: string }
    const app = await startApp(keycloak.env())
    const visitor = new Visitor(app)
    await visitor.post('/auth/token', { refresh_token })
    const { status, json } = await visitor.post('/auth/prove', {}, JSON_PLEASE)
    await app.close()
    expect([status, json.verdict]).toEqual([200, 'invalid'])
    const refresh = json.checks.find(({ id }: { id: string }) => id === 'refresh')
    expect(refresh.result).toBe('fail')
    expect(`${refresh.message} ${refresh.hint}`).toContain('Offline Session Idle')
  })
})

describe('Offline Session Idle', () => {
  it('is the setting that the table of causes names for it', async () => {
    const { causeOf } = await import('../../server/causes/causes.js')
    const seen = {
      where: 'refresh',
      error: 'invalid_grant',
      error_description: 'Offline user session not found',
    } as const
    expect(causeOf({ ...seen, provider: 'keycloak' })?.hint).toContain('Offline Session Idle')
  })
})
