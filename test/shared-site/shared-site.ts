import { afterAll, afterEach, beforeAll } from '@jest/globals'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { type Redis, startRedis } from '../support/redis.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { type Site, startSite } from '../support/site.js'

/** What the tests of one file share, from `beforeAll` on. */
export let certificate: Certificate
export let redis: Redis
export let provider: RotatingProvider
export let site: Site

export const nothing = async () => {}

type Options = Pick<Parameters<typeof startSite>[0], 'replicas' | 'env'>

/** Starts a shared site with Redis before the tests of this `describe`, and ends it after them. */
export function shareSite(options: Options = {}): void {
  beforeAll(async () => {
    certificate = makeCertificate()
    redis = await startRedis()
    provider = await startRotatingProvider(certificate)
    site = await startSite({ provider, certificate, redisUrl: redis.url, ...options })
  })
  afterEach(() => {
    provider.hold = { arrived: nothing, rotated: nothing, exchanged: nothing }
  })
  afterAll(async () => {
    await site.close()
    await provider.close()
    await redis.stop()
  })
}
