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
})
