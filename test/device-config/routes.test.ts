import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { FORMATS } from '../../server/device-config/formats.js'
import { PROGRAMS } from '../../server/device-config/programs.js'
import { type RunningApp, startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }

describe('GET /profile/device-config', () => {
  let app: RunningApp
  let visitor: Visitor

  beforeAll(async () => {
    app = await startApp()
    visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
  })
  afterAll(() => app.close())

  it('lists every format and every program', async () => {
    const { json } = await visitor.get('/profile/device-config', JSON_PLEASE)
    expect(json.map(({ id }: { id: string }) => id)).toEqual([...FORMATS, ...PROGRAMS].map(({ id }) => id))
    for (const entry of json) expect(entry).toMatchObject({ available: true, reason: null })
    expect(json[0]).toEqual({
      id: 'dotenv',
      title: expect.any(String),
      file: '.env',
      kind: 'config',
      available: true,
      reason: null,
      warning: expect.stringMatching(/must be stored, and .+ Instead: /),
    })
  })

  it("warns of each file whose place can't store the token that comes back, and refuses none", async () => {
    const rotating = new Visitor(app)
    await rotating.signIn('rotating', 'demo')
    await rotating.post('/auth/prove')
    const { json } = await rotating.get('/profile/device-config', JSON_PLEASE)
    const warned = json.filter(({ warning }: { warning: string | null }) => warning !== null)
    expect(warned.map(({ id }: { id: string }) => id)).toEqual(
      FORMATS.filter(({ writesBack }) => writesBack !== true).map(({ id }) => id),
    )
    for (const { id, available, warning } of warned) {
      expect(available).toBe(true)
      const { text } = await rotating.get(`/profile/device-config/${id}`)
      expect(text.split('\n')[0]).toBe(`# ${warning}`)
    }
  })

  it('warns of nothing where the token stays the same', async () => {
    const other = new Visitor(app)
    await other.signIn('demo', 'demo')
    await other.post('/auth/prove')
    const { json } = await other.get('/profile/device-config', JSON_PLEASE)
    expect(json.map(({ warning }: { warning: string | null }) => warning)).toEqual(json.map(() => null))
  })

  it.each([...FORMATS])('hands $id out as a file that its reader takes', async (format) => {
    const answer = await visitor.get(`/profile/device-config/${format.id}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${format.file}"`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin')
    const { refresh_token } = (await visitor.get('/profile', JSON_PLEASE)).json
    expect(format.parse(answer.text)).toMatchObject({
      [format.spell('refresh_token')]: refresh_token,
      [format.spell('client_id')]: 'sensor',
      [format.spell('client_secret')]: 'sensor-secret',
      [format.spell('refresh_token_usage')]: 'store',
    })
  })

  it.each([...PROGRAMS])('hands the program $id out, with nothing secret in it', async (program) => {
    const answer = await visitor.get(`/profile/device-config/${program.id}`)
    expect(answer.status).toBe(200)
    expect(answer.text).not.toContain('sensor-secret')
  })

  it('says keep once the token is proven reusable and no end of it is known', async () => {
    const other = new Visitor(app)
    await other.signIn('demo', 'demo')
    await other.post('/auth/prove')
    const { text } = await other.get('/profile/device-config/json')
    expect(JSON.parse(text).refresh_token_usage).toBe('keep')
  })

  it('logs one audit line a file, with the fingerprint and without the token', async () => {
    const { refresh_token, fingerprint } = (await visitor.get('/profile', JSON_PLEASE)).json
    const before = app.logged.length
    await visitor.get('/profile/device-config/yaml')
    const audits = app.logged.slice(before).map((line) => JSON.parse(line))
    expect(audits.filter(({ msg }) => msg === 'audit')).toEqual([
      expect.objectContaining({ event: 'device_config', format: 'yaml', fingerprint }),
    ])
    expect(app.logged.join('')).not.toContain(refresh_token)
  })

  it('knows no other format', async () => {
    const answer = await visitor.get('/profile/device-config/toml', JSON_PLEASE)
    expect([answer.status, answer.json.code]).toEqual([404, 'unknown_format'])
    expect(answer.json.hint).toContain('dotenv')
  })

  it('gives nothing to somebody who is signed out', async () => {
    const stranger = new Visitor(app)
    expect((await stranger.get('/profile/device-config/json', JSON_PLEASE)).status).toBe(401)
    expect((await stranger.get('/profile/device-config/json')).headers.get('location')).toBe('/')
  })

  it('gives no file of a token that is dead', async () => {
    const other = new Visitor(app)
    await other.signIn('demo', 'demo')
    await other.post('/auth/revoke')
    const answer = await other.get('/profile/device-config/json', JSON_PLEASE)
    expect([answer.status, answer.json.code]).toEqual([409, 'invalid_grant'])
    const { json } = await other.get('/profile/device-config', JSON_PLEASE)
    expect(json[0]).toMatchObject({ available: false, reason: expect.stringContaining('revoked') })
  })

  it('hides the client secret where it is not to be shown', async () => {
    const hidden = await startApp({ SHOW_CLIENT_SECRET: 'false' })
    const somebody = new Visitor(hidden)
    const profile = await somebody.signIn('demo', 'demo')
    expect(profile.text).not.toContain('sensor-secret')
    const { text } = await somebody.get('/profile/device-config/json')
    expect(JSON.parse(text).client_secret).toBe('<CLIENT_SECRET>')
    await hidden.close()
  })
})

describe('GET /profile/reminder.ics', () => {
  it('names the day by which an unused token of Keycloak dies', async () => {
    const app = await startApp({}, { now: () => Date.parse('2026-11-24T10:00:00Z') })
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    const { text, headers } = await visitor.get('/profile/reminder.ics')
    expect(headers.get('content-type')).toMatch(/^text\/calendar/)
    expect(text).toContain('DTSTART:20261224T100000Z\r\n')
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    await app.close()
  })
})
