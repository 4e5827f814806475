import { afterEach, describe, expect, it } from '@jest/globals'
import { json, metadataOf, startFakeProvider } from '../check/fake-provider.js'
import { startApp } from '../support/app.js'
import { Browserless } from '../support/browserless-sign-in.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A site with the demo provider, and a browser that the provider remembers. */
async function start() {
  const app = await startApp()
  closing.push(app.close)
  const callback = `${app.url}/auth/oauth2/callback`
  const visitor = new Visitor(app)
  async function mint(person: Browserless): Promise<string> {
    const location = (await visitor.get('/auth/oauth2')).headers.get('location') ?? ''
    let page = await person.open(location)
    if (!page.url.href.startsWith(callback)) page = await person.submit(page, { username: 'demo', password: 'demo' })
    await visitor.get(page.url.href)
    return (await visitor.get('/profile', JSON_PLEASE)).json.id
  }
  return { visitor, mint, person: () => new Browserless(callback) }
}

describe('POST /auth/revoke', () => {
  it('says which others of the same session ended with it, and marks them', async () => {
    const { visitor, mint, person } = await start()
    const remembered = person()
    const [first, second, apart] = [await mint(remembered), await mint(remembered), await mint(person())]
    const page = (await visitor.get(`/profile?id=${first}`)).text
    expect(page).toContain('If you revoke one, or use a replaced one again, the other ends, too.')
    const { json: answer } = await visitor.post('/auth/revoke', { id: second }, JSON_PLEASE)
    expect(answer).toEqual({
      revoked: true,
      // The third is of the same person: at Keycloak up to 24, it would end too.
      reach: expect.arrayContaining([
        { id: first, before: 'alive', after: 'dead' },
        { id: apart, before: 'alive', after: 'alive' },
      ]),
      warnings: [],
    })
    const verdict = async (id: string) => (await visitor.get(`/profile?id=${id}`, JSON_PLEASE)).json.verdict
    expect([await verdict(first), await verdict(second), await verdict(apart)]).toEqual(['invalid', 'invalid', null])
    expect((await visitor.get(`/profile?id=${first}`)).text).toContain('Revoked with another.')
  })

  it('revokes the first and the downloaded token too, and says which of them was not confirmed', async () => {
    const revoked: string[] = []
    let uses = 0
    const provider = await startFakeProvider({
      '/.well-known/openid-configuration': ({ response }) => json(response, 200, metadataOf(provider.issuer)),
      '/token': ({ form, response }) =>
        form.get('refresh_token')?.startsWith('made-up-')
          ? json(response, 400, { error: 'invalid_grant' })
          : json(response, 200, { access_token: 'a', token_type: 'Bearer', refresh_token: `T${++uses}` }),
      '/revoke': ({ form, response }) => {
        const token = form.get('token') ?? ''
        revoked.push(token)
        response.writeHead(token === 'T1' ? 503 : 200).end()
      },
    })
    const app = await startApp(provider.env)
    closing.push(app.close, provider.close)
    const visitor = new Visitor(app)
    await visitor.post('/auth/token', { refresh_token: 'T0' })
    await visitor.post('/auth/refresh', {}, JSON_PLEASE)
    await visitor.get('/profile/device-config/json')
    await visitor.post('/auth/refresh', {}, JSON_PLEASE)
    const { json: answer } = await visitor.post('/auth/revoke', {}, JSON_PLEASE)
    expect(revoked.sort()).toEqual(['T0', 'T1', 'T2'])
    expect(answer).toMatchObject({ revoked: true, reach: [], warnings: [{ id: 'downloaded' }] })
  })
})
