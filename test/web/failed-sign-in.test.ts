import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { comeBack, JSON_PLEASE, type Rig, startRig } from '../promises/rig.js'
import { says } from '../support/misbehaviour.js'
import { Visitor } from '../support/visitor.js'

const HTML = { accept: 'text/html' }

describe('a callback that fails', () => {
  let rig: Rig
  beforeEach(async () => {
    rig = await startRig()
  })
  afterEach(() => rig.close())

  const denied = (parameters: URLSearchParams) => {
    parameters.delete('code')
    parameters.set('error', 'access_denied')
    parameters.set('error_description', 'Not today')
  }

  it('leads to a page whose address has neither the code nor the state, and which can be loaded again', async () => {
    const visitor = new Visitor(rig.app)
    rig.provider.at('/token', says(400, '{"error":"invalid_grant","error_description":"Code not valid"}'))
    const callback = await comeBack(visitor, () => {}, HTML)
    expect([callback.status, callback.headers.get('location')]).toEqual([303, '/auth/oauth2/failed'])
    for (let times = 0; times < 2; times++) {
      const page = await visitor.get('/auth/oauth2/failed')
      expect([page.status, page.text]).toEqual([502, expect.stringContaining('Code not valid')])
      expect(page.text).toContain('href="/auth/oauth2"')
    }
    const line = rig.app.logged.map((one) => JSON.parse(one)).find(({ path }) => path === '/auth/oauth2/callback')
    expect(line).toMatchObject({ status: 303, code: 'provider_error' })
  })

  it('shows each browser its own error, and no other', async () => {
    const [one, other, stranger] = [new Visitor(rig.app), new Visitor(rig.app), new Visitor(rig.app)]
    await comeBack(one, denied, HTML)
    await comeBack(other, (parameters) => void parameters.set('iss', 'https://other.test'), HTML)
    expect((await one.get('/auth/oauth2/failed')).text).toContain('Not today')
    expect((await other.get('/auth/oauth2/failed')).text).toContain('https://other.test')
    const nothing = await stranger.get('/auth/oauth2/failed')
    expect([nothing.status, nothing.headers.get('location')]).toEqual([303, '/'])
  })

  it('answers a script at once, and keeps the address of a state that this site does not know', async () => {
    const visitor = new Visitor(rig.app)
    const denial = await comeBack(visitor, denied, JSON_PLEASE)
    expect([denial.status, denial.json.code]).toEqual([403, 'access_denied'])
    const unknown = await visitor.get('/auth/oauth2/callback?code=c&state=unknown')
    expect([unknown.status, unknown.headers.get('location')]).toEqual([403, null])
  })
})
