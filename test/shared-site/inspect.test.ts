import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { type Colleague, type Site, startSite } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'

const JSON_PLEASE = { accept: 'application/json' }

const jwt = (claims: object) =>
  [{ alg: 'HS512' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.c2ln')

describeWith(lacking('openssl'), 'a pasted token on a shared site', () => {
  let certificate: Certificate
  let provider: RotatingProvider
  let site: Site

  beforeAll(async () => {
    certificate = makeCertificate()
    provider = await startRotatingProvider(certificate)
    site = await startSite({ provider, certificate, replicas: 1 })
  })
  afterAll(async () => {
    await site.close()
    await provider.close()
  })

  const paste = (visitor: Colleague, refresh_token: string) =>
    visitor.post('/auth/token', { refresh_token }, JSON_PLEASE)

  /** The sign-in that mints nothing: what the provider was asked for, and where it ends. */
  async function signInToInspect(visitor: Colleague) {
    const start = await visitor.get('/auth/oauth2?for=inspect')
    const location = start.headers.get('location') ?? ''
    const { pathname, search } = new URL(provider.authorize(location, visitor.name))
    const back = await visitor.get(pathname + search)
    return { scope: new URL(location).searchParams.get('scope'), back, callback: pathname + search }
  }

  it('J2 is taken only after a sign-in, and the page leads to one', async () => {
    const ann = site.visitor('ann')
    const refused = await paste(ann, 'a-token')
    expect([refused.status, refused.json.code]).toEqual([401, 'not_signed_in'])
    const home = (await ann.get('/')).text
    expect(home).toContain('href="/auth/oauth2?for=inspect"')
    expect(home).not.toContain('id="bring-token"')
  })

  it('needs a sign-in that asks for no offline token, and that keeps no entry', async () => {
    const ben = site.visitor('ben')
    const { scope, back, callback } = await signInToInspect(ben)
    expect(scope).toBe('openid')
    expect([back.status, back.headers.get('location')]).toEqual([303, '/'])
    // The same callback again, by a reload.
    const again = await ben.get(callback)
    expect([again.status, again.headers.get('location')]).toEqual([303, '/'])
    expect((await ben.get('/')).text).toContain('<details id="paste" open')
    expect((await ben.get('/profile', JSON_PLEASE)).status).toBe(401)
    const pasted = await paste(ben, 'an-opaque-token')
    expect([pasted.status, pasted.json.refresh_token]).toEqual([200, 'an-opaque-token'])
    expect((await ben.get('/profile/tokens.json')).json).toHaveLength(1)
  })

  it('J2 is refused where it says that it is another person’s', async () => {
    const cleo = site.visitor('cleo')
    await signInToInspect(cleo)
    const refused = await paste(cleo, jwt({ sub: 'id-of-dan', iss: provider.issuer }))
    expect([refused.status, refused.json.code]).toEqual([403, 'other_subject'])
    expect((await paste(cleo, jwt({ sub: 'id-of-cleo', iss: provider.issuer }))).status).toBe(200)
  })
})
