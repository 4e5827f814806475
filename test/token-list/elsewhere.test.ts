import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import supertest from 'supertest'
import { type RunningApp, startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
const FROM = ['cross-site', 'same-site']
/** How a page loads another without showing it as a page of its own. */
const LOADS: Record<string, string>[] = [
  { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' },
  { 'sec-fetch-mode': 'cors' },
]
const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

/** Looks at a site from a page of another one, with the cookie of somebody who has signed in. */
describe('a request that another site made the browser send', () => {
  let app: RunningApp
  let visitor: Visitor
  let id: string

  beforeAll(async () => {
    app = await startApp()
    visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    id = (await visitor.get('/profile', JSON_PLEASE)).json.id
  })
  afterAll(() => app.close())

  const list = async () => (await visitor.get('/profile/tokens', JSON_PLEASE)).json

  it.each(FROM)('J3 begins no sign-in (%s): a person presses a button first', async (from) => {
    const answer = await visitor.get('/auth/oauth2', { ...NAVIGATION, 'sec-fetch-site': from })
    expect([answer.status, answer.headers.get('location'), answer.headers.get('set-cookie')]).toEqual([200, null, null])
    expect(answer.text).toContain('href="/auth/oauth2"')
    const ours = await visitor.get('/auth/oauth2', { ...NAVIGATION, 'sec-fetch-site': 'same-origin' })
    expect(ours.status).toBe(302)
    expect(await list()).toMatchObject([{ id }])
  })

  it.each(['iframe', 'image', 'empty', 'script', 'embed'])('J3 begins no sign-in as %s', async (destination) => {
    for (const from of [...FROM, 'same-origin', 'none']) {
      const headers = { ...JSON_PLEASE, 'sec-fetch-site': from, 'sec-fetch-dest': destination }
      const answer = await visitor.get('/auth/oauth2', headers)
      expect([answer.status, answer.json.code]).toEqual([403, 'cross_site'])
    }
  })

  it('J5 gets nothing below /profile/, and no download is recorded', async () => {
    for (const path of ['device-config', 'device-config/json', 'tokens', 'tokens.json', 'tokens.csv', 'reminder.ics']) {
      for (const from of FROM) {
        for (const how of [NAVIGATION, { 'sec-fetch-dest': 'image' }, {}] as Record<string, string>[]) {
          const answer = await visitor.get(`/profile/${path}`, { ...JSON_PLEASE, ...how, 'sec-fetch-site': from })
          expect([path, from, answer.status, answer.json.code]).toEqual([path, from, 403, 'cross_site'])
        }
      }
    }
    expect((await list())[0].file).toBeNull()
  })

  it('may link to /profile, and not load it', async () => {
    // Not by fetch, which says itself how it came.
    const from = (site: string, how: Record<string, string>) =>
      supertest(app.url)
        .get('/profile')
        .set({ ...JSON_PLEASE, cookie: visitor.cookie, ...how, 'sec-fetch-site': site })
    for (const site of FROM) {
      await from(site, NAVIGATION).expect(200)
      for (const how of LOADS) expect((await from(site, how).expect(403)).body.code).toBe('cross_site')
    }
  })

  it('J5 does nothing by HEAD, wherever it comes from', async () => {
    for (const path of [
      '/auth/oauth2',
      '/auth/oauth2/callback?code=x&state=y',
      '/profile/device-config/json',
      '/profile/tokens.csv',
      '/auth/nowhere',
    ]) {
      const answer = await visitor.request(path, { method: 'HEAD' })
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, 'GET'])
    }
    expect((await list())[0].file).toBeNull()
  })

  it('lets our own forms name where they come from', async () => {
    expect((await visitor.get('/profile')).headers.get('referrer-policy')).toBe('same-origin')
  })
})
