import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { makeCertificate } from '../support/certificate.js'
import { type Redis, startRedis } from '../support/redis.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { type Site, startSite } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'

describeWith(lacking('redis-server', 'openssl'), 'the callback at two replicas', () => {
  let redis: Redis
  let provider: RotatingProvider
  let site: Site

  beforeAll(async () => {
    const certificate = makeCertificate()
    redis = await startRedis()
    provider = await startRotatingProvider(certificate)
    site = await startSite({ provider, certificate, redisUrl: redis.url })
  })
  afterAll(async () => {
    await site.close()
    await provider.close()
    await redis.stop()
  })

  it('B7 twenty times at once over both sends the code once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const visitor = site.visitor(`user-${round}`)
      const start = await visitor.get('/auth/oauth2')
      const { pathname, search } = new URL(provider.authorize(start.headers.get('location') ?? '', visitor.name))
      const before = provider.given.length
      const answers = await Promise.all(Array.from({ length: 20 }, () => visitor.get(pathname + search)))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303))
      expect(provider.given.length).toBe(before + 1)
      expect(provider.lives(provider.given.at(-1) as string)).toBe(true)
    }
  })

  it('B6 a second click whose callback comes to the other replica leads where the first one led', async () => {
    for (let round = 0; round < 10; round += 1) {
      const visitor = site.visitor(`twice-${round}`)
      const location = (await visitor.get('/auth/oauth2')).headers.get('location') ?? ''
      const clicks = [0, 1].map(() => new URL(provider.authorize(location, visitor.name)))
      const { cookie } = visitor
      const before = provider.given.length
      visitor.replica = 0
      const first = visitor.get((clicks[0]?.pathname ?? '') + clicks[0]?.search)
      // At once, or when the first has been answered and its answer was dropped.
      if (round % 2 === 0) await first
      visitor.cookie = cookie
      visitor.replica = 1
      const second = await visitor.get((clicks[1]?.pathname ?? '') + clicks[1]?.search)
      const mine = visitor.cookie
      expect([second.status, second.headers.get('location'), (await first).status]).toEqual([303, '/profile', 303])
      expect(provider.given.length).toBe(before + 1)
      visitor.cookie = mine
      const { refresh_token } = (await visitor.json('get', '/profile')).json
      expect(refresh_token).toBe(provider.given.at(-1))
      visitor.cookie = cookie
      expect((await visitor.get((clicks[1]?.pathname ?? '') + clicks[1]?.search)).status).toBe(403)
    }
  })
})
