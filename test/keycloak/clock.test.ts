import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { CLIENTS, KEYCLOAK_START, type Keycloak, startKeycloak, USERS } from '../support/keycloak.js'
import { describeWith, lackingJava } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }

describeWith(lackingJava(), 'a real Keycloak, with clocks 10 minutes apart', () => {
  let keycloak: Keycloak

  beforeAll(async () => {
    keycloak = await startKeycloak('26.7.2')
  }, KEYCLOAK_START)
  afterAll(() => keycloak?.stop(), 60_000)

  it.each([
    ['behind', -600_000],
    ['ahead', 600_000],
  ])('signs in, keeps the token, and the page names the clock of this machine as %s', async (way, off) => {
    const app: RunningApp = await startApp(keycloak.env(CLIENTS.sensor), { now: () => Date.now() + off })
    const visitor = new Visitor(app)
    const page = await visitor.signIn(USERS.alice.username, USERS.alice.password)
    expect(page.status).toBe(200)
    expect(page.text).toContain(`clock is ${way}`)
    const { refresh_token, remarks } = (await visitor.get('/profile', JSON_PLEASE)).json
    expect(remarks.map(({ message }: { message: string }) => message).join()).toMatch(/\d{3} s.*clock is/)
    const refreshed = await visitor.post('/auth/refresh', {}, JSON_PLEASE)
    expect([refreshed.status, refreshed.json.refresh_token === refresh_token]).toEqual([200, false])
    expect((await visitor.post('/auth/prove', {}, JSON_PLEASE)).json.verdict).toBe('reusable')
    await app.close()
  })
})
