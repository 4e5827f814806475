import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }

describe("a session's list of tokens", () => {
  let app: RunningApp
  let visitor: Visitor

  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.close())
  beforeEach(() => {
    visitor = new Visitor(app)
  })

  const token = async (id?: string) => (await visitor.get(`/profile${id ? `?id=${id}` : ''}`, JSON_PLEASE)).json
  const list = async () => (await visitor.get('/profile/tokens', JSON_PLEASE)).json
  const mint = async (username = 'demo', path?: string) => {
    const page = await visitor.signIn(username, 'demo', path)
    expect(page.status).toBe(200)
    return token()
  }
  const ask = (path: string, fields: Record<string, string> = {}) => visitor.post(path, fields, JSON_PLEASE)

  it('keeps the token before when another is minted, and the latest is meant without an id', async () => {
    const first = await mint()
    const second = await mint()
    expect(second.id).not.toBe(first.id)
    expect(first.id).toMatch(/^[\w-]{8}$/)
    expect((await list()).map(({ id }: { id: string }) => id)).toEqual([second.id, first.id])
    expect((await token(first.id)).refresh_token).toBe(first.refresh_token)
    expect((await token()).id).toBe(second.id)
  })

  it('acts in each form of each tab on the token that its page shows', async () => {
    const first = await mint('rotating')
    const second = await mint('rotating')
    const refreshed = await ask('/auth/refresh', { id: first.id })
    expect(refreshed.json).toMatchObject({ id: first.id, refresh_token_changed: true })
    expect((await token(second.id)).refreshed_at).toBeNull()
    const file = await visitor.get(`/profile/device-config/json?id=${first.id}`)
    expect(file.json.refresh_token).toBe(refreshed.json.refresh_token)
    expect((await ask('/auth/prove', { id: first.id })).json.verdict).toBe('one_time')
    expect((await token(second.id)).verdict).toBeNull()
    expect((await ask('/auth/label', { id: first.id, label: 'greenhouse 1' })).json).toEqual({
      id: first.id,
      label: 'greenhouse 1',
    })
    expect((await ask('/auth/revoke', { id: first.id })).json).toMatchObject({ revoked: true })
    expect((await token(first.id)).verdict).toBe('invalid')
    expect((await ask('/auth/refresh', { id: second.id })).status).toBe(200)
    expect(await list()).toMatchObject([
      { id: second.id, label: null, file: null, downloaded_fingerprint: null },
      { id: first.id, label: 'greenhouse 1', file: 'config.json', downloaded_fingerprint: refreshed.json.fingerprint },
    ])
    // Without a script, each form leads back to the page that it was on.
    const back = await visitor.post('/auth/label', { id: first.id, label: '' })
    expect([back.status, back.headers.get('location')]).toEqual([303, `/profile?id=${first.id}`])
  })

  it('puts the id of the token that a page shows into every form and link of it', async () => {
    const first = await mint()
    await mint()
    const { text } = await visitor.get(`/profile?id=${first.id}&place=linux`)
    const forms = text.match(/<form [^>]*action="\/auth\/(?!logout)[\s\S]*?<\/form>/g) ?? []
    expect(forms.length).toBeGreaterThanOrEqual(5)
    for (const form of forms) expect(form).toContain(`name="id" value="${first.id}"`)
    const links = [...text.matchAll(/(?:href|data-file)="(\/profile[^"]*)"/g)].map(([, href]) => href as string)
    expect(links.length).toBeGreaterThan(15)
    for (const link of links.filter((link) => !/^\/profile\/tokens/.test(link) && !/id=(?!AA)/.test(link))) {
      expect(link).toContain(`id=${first.id}`)
    }
    expect(text).toMatch(/<a href="\/profile\/tokens">2 tokens<\/a>/)
  })

  it('does nothing for an id that this session does not have, and says so', async () => {
    const { id } = await mint()
    const other = new Visitor(app)
    await other.signIn('demo', 'demo')
    const foreign = (await other.get('/profile', JSON_PLEASE)).json.id
    for (const unknown of [foreign, 'x', 'head', 'latest', '__proto__', `${id} `]) {
      const query = new URLSearchParams({ id: unknown })
      for (const path of [
        '/profile',
        '/profile/device-config',
        '/profile/device-config/json',
        '/profile/reminder.ics',
      ]) {
        const answer = await visitor.get(`${path}?${query}`, JSON_PLEASE)
        expect([path, unknown, answer.status, answer.json.code]).toEqual([path, unknown, 404, 'unknown_token'])
      }
      for (const path of ['refresh', 'prove', 'revoke', 'label', 'forget']) {
        const answer = await ask(`/auth/${path}`, { id: unknown, label: 'mine' })
        expect([path, unknown, answer.status, answer.json.code]).toEqual([path, unknown, 404, 'unknown_token'])
      }
    }
    expect((await other.get('/profile', JSON_PLEASE)).json).toMatchObject({ id: foreign, label: null, verdict: null })
    const page = await visitor.get('/profile?id=x')
    expect(page.status).toBe(404)
    expect(page.text).toMatch(/href="\/profile"/)
    expect(page.text).toMatch(/href="\/"/)
  })

  it('keeps a token that is given twice as one entry, with its label', async () => {
    const first = await mint()
    await ask('/auth/label', { id: first.id, label: 'attic' })
    const again = await ask('/auth/token', { refresh_token: first.refresh_token })
    expect(again.json).toMatchObject({ id: first.id, label: 'attic', access_token: first.access_token })
    expect(await list()).toHaveLength(1)
    expect((await visitor.get('/profile')).text).toContain('You have this token already')
  })

  it('knows the first token of an entry, after a refresh has brought another one', async () => {
    const first = await mint('rotating')
    await ask('/auth/refresh', { id: first.id })
    expect((await ask('/auth/token', { refresh_token: first.refresh_token })).json.id).toBe(first.id)
    expect(await list()).toHaveLength(1)
  })

  it('asks which to forget when it holds 50, and refuses no callback', async () => {
    const { id } = await mint()
    const callback = await visitor.authorize('demo', 'demo')
    for (let more = 1; more < 50; more += 1) await ask('/auth/token', { refresh_token: `token-${more}` })
    const full = await ask('/auth/token', { refresh_token: 'one-too-many' })
    expect([full.status, full.json.code]).toEqual([409, 'too_many_tokens'])
    // One that it holds already is not one more.
    expect((await ask('/auth/token', { refresh_token: 'token-7' })).status).toBe(200)
    const begin = await visitor.get('/auth/oauth2')
    expect(begin.status).toBe(409)
    expect(begin.text).toContain('href="/profile/tokens"')
    expect((await visitor.get(callback)).status).toBe(303)
    expect(await list()).toHaveLength(51)
    expect((await ask('/auth/forget', { id })).status).toBe(204)
    expect((await visitor.get('/auth/oauth2')).status).toBe(409)
    expect((await ask('/auth/forget')).status).toBe(204)
    expect((await visitor.get('/auth/oauth2')).status).toBe(302)
  })

  it('loses nothing of two tabs that add and name at the same time', async () => {
    await mint()
    const adding = Array.from({ length: 20 }, (_, i) => ask('/auth/token', { refresh_token: `token-${i}` }))
    const ids = (await Promise.all(adding)).map(({ json }) => json.id)
    expect(new Set(ids).size).toBe(20)
    await Promise.all(ids.map((id, i) => ask('/auth/label', { id, label: `node ${i}` })))
    const rows = await list()
    expect(rows).toHaveLength(21)
    for (const [i, id] of ids.entries()) {
      expect(rows).toContainEqual(expect.objectContaining({ id, label: `node ${i}` }))
    }
  })

  it('keeps both tokens of two first sign-ins that end at the same time', async () => {
    const one = await visitor.authorize('demo', 'demo')
    const two = await visitor.authorize('demo', 'demo')
    const back = await Promise.all([visitor.get(one), visitor.get(two)])
    expect(back.map(({ status }) => status)).toEqual([303, 303])
    expect(await list()).toHaveLength(2)
  })

  it('keeps the token of a sign-in that ends during a refresh, a test or a revocation of another', async () => {
    const first = await mint('rotating')
    for (const path of ['/auth/refresh', '/auth/prove', '/auth/revoke']) {
      const callback = await visitor.authorize('demo', 'demo')
      const [work, back] = await Promise.all([ask(path, { id: first.id }), visitor.get(callback)])
      expect([path, work.status, back.status]).toEqual([path, 200, 303])
    }
    const rows = await list()
    expect(rows).toHaveLength(4)
    expect(rows.at(-1)).toMatchObject({ id: first.id, verdict: 'invalid' })
  })

  it.each([
    ['x'.repeat(60), 200],
    ['x'.repeat(61), 400],
    ['Gewächshaus 3 (Süd) – 🌱', 200],
    ['two\nlines', 400],
    ['\u202Edne', 400],
    ['zero\u200Bwidth', 400],
    ['nul\u0000', 400],
    ['', 200],
  ])('takes the label %j with %i', async (label, status) => {
    const { id } = await mint()
    const answer = await ask('/auth/label', { id, label })
    expect(answer.status).toBe(status)
    if (status === 400) expect(answer.json).toMatchObject({ code: 'invalid_field', field: 'label' })
    else expect((await token(id)).label).toBe(label === '' ? null : label)
  })

  it('ends the session when the last token is forgotten, and the token stays valid', async () => {
    const { id, refresh_token } = await mint()
    const { cookie } = visitor
    expect((await ask('/auth/forget', { id })).status).toBe(204)
    visitor.cookie = cookie
    expect((await visitor.get('/profile', JSON_PLEASE)).status).toBe(401)
    const another = new Visitor(app)
    await another.post('/auth/token', { refresh_token }, JSON_PLEASE)
    expect((await another.post('/auth/refresh', {}, JSON_PLEASE)).status).toBe(200)
  })

  it('gives no token and no secret away, and no formula to a spreadsheet', async () => {
    const { id, refresh_token, access_token } = await mint()
    const labels = ['=cmd|"/c calc"!A1', '+1', '-1', '@SUM(1)', '＝1+1', 'a,"b"', "it's"]
    for (const label of labels) {
      await ask('/auth/label', { id, label })
      const csv = await visitor.get('/profile/tokens.csv')
      expect(csv.headers.get('content-disposition')).toBe('attachment; filename=tokens.csv')
      expect(csv.headers.get('content-type')).toMatch(/^text\/csv/)
      const [head, row, end, ...more] = csv.text.split('\r\n')
      expect(head).toMatch(/^id,label,username,subject,issuer,client_id,fingerprint,/)
      expect([end, more]).toEqual(['', []])
      const cells = [...(row ?? '').matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, cell]) => cell?.replaceAll('""', '"'))
      expect(cells).toHaveLength(15)
      expect(cells[1]).toBe(/^[=+\-@＝]/.test(label) ? `'${label}` : label)
      const json = await visitor.get('/profile/tokens.json')
      expect(json.json[0].label).toBe(label)
      for (const secret of [refresh_token, access_token, 'sensor-secret']) {
        expect(csv.text + json.text).not.toContain(secret)
      }
    }
  })

  it('names files after the label, and nothing in them beyond a comment', async () => {
    const { id } = await mint()
    for (const [label, name] of [
      ['Greenhouse 3', 'greenhouse-3.device.env'],
      ['../../etc/passwd', 'etc-passwd.device.env'],
      ['"; filename="x.exe', 'filename-x-exe.device.env'],
      ['Ü', 'device.env'],
      ['y'.repeat(60), `${'y'.repeat(40)}.device.env`],
      ['ends in \\', 'ends-in.device.env'],
    ] as const) {
      await ask('/auth/label', { id, label })
      const file = await visitor.get(`/profile/device-config/env-file?id=${id}`)
      expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${name}"`)
      for (const line of file.text.trimEnd().split('\n')) {
        expect(line).toMatch(/^(# [A-Za-z0-9 .,:@+_-]+|OAUTH2_[A-Z_]+=.*)$/)
      }
    }
  })

  it('carries a label in a calendar entry, whatever is in it', async () => {
    const { id } = await mint()
    const unfolded = (text: string) => text.replaceAll('\r\n ', '').split('\r\n')
    const plain = unfolded((await visitor.get(`/profile/reminder.ics?id=${id}`)).text).length
    for (const label of ['a;b,c\\n:d', 'ö'.repeat(60), '🌱'.repeat(60), 'END:VEVENT', '"x"']) {
      await ask('/auth/label', { id, label })
      const { text } = await visitor.get(`/profile/reminder.ics?id=${id}`)
      for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
      const lines = unfolded(text)
      expect(lines).toHaveLength(plain)
      const summary = lines.find((line) => line.startsWith('SUMMARY:')) ?? ''
      expect(summary.replace(/\\([\\;,])/g, '$1')).toContain(label)
    }
  })

  it('goes on with the number of a label, and keeps the place', async () => {
    const { id } = await mint()
    await ask('/auth/label', { id, label: 'greenhouse 3' })
    const page = await visitor.get(`/profile?id=${id}&place=esp32`)
    const next = /href="(\/auth\/oauth2\?next=[^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') as string
    const callback = await visitor.authorize('demo', 'demo', next)
    expect((await visitor.get(callback)).headers.get('location')).toBe('/profile?place=esp32')
    expect((await token()).label).toBe('greenhouse 4')
    // Past those that are taken, and without a label there is none.
    await mint('demo', `/auth/oauth2?next=${id}`)
    expect((await token()).label).toBe('greenhouse 5')
    await mint()
    expect((await token()).label).toBeNull()
  })

  it.each([
    ['login', 302],
    ['consent', 302],
    ['select_account', 302],
    ['none', 400],
    ['login consent', 400],
  ])('takes the prompt %j with %i', async (prompt, status) => {
    const answer = await visitor.get(`/auth/oauth2?${new URLSearchParams({ prompt })}`, JSON_PLEASE)
    expect(answer.status).toBe(status)
    if (status === 302)
      expect(new URL(answer.headers.get('location') as string).searchParams.get('prompt')).toBe(prompt)
  })
})
