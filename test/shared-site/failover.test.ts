import { expect, it } from '@jest/globals'
import type { Colleague } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { provider, redis, shareSite, site } from './shared-site.js'

describeWith(lacking('redis-server', 'openssl'), 'a Redis that fails over to a replica without the last write', () => {
  shareSite({ replicas: 1 })
  let visitor: Colleague

  /** What was written since `before` was taken is lost, as on a replica that it had not reached. */
  const COPY = "return redis.call('COPY', KEYS[1], KEYS[2], 'REPLACE')"
  const copy = (from: string, to: string) => redis.command('EVAL', COPY, '2', from, to)

  /** The key of the list in the store. */
  async function listKey(): Promise<string> {
    const keys = (await redis.command('KEYS', '*:list:*')) as string[]
    expect(keys).toHaveLength(1)
    return keys[0] as string
  }

  async function signedInTwiceRefreshed(): Promise<string> {
    await redis.command('FLUSHALL')
    visitor = site.visitor('ann')
    await visitor.come()
    expect((await visitor.json('get', '/profile')).status).toBe(200)
    const key = await listKey()
    await copy(key, 'replica')
    expect((await visitor.json('post', '/auth/refresh')).status).toBe(200)
    return key
  }

  it('while a refresh is under way: the new token wins over what is older than what was read', async () => {
    const key = await signedInTwiceRefreshed()
    provider.hold.rotated = () => copy('replica', key)
    const answer = await visitor.json('post', '/auth/refresh')
    expect(answer.status).toBe(200)
    expect([answer.json.refresh_token, provider.lives(answer.json.refresh_token)]).toEqual([
      provider.given.at(-1),
      true,
    ])
    const profile = (await visitor.json('get', '/profile')).json
    expect(profile.refresh_token).toBe(provider.given.at(-1))
  })

  it('between the two refreshes of a test: the first token is not sent again', async () => {
    const key = await signedInTwiceRefreshed()
    const { refused } = provider.refreshes
    provider.hold.arrived = () => copy('replica', key)
    expect((await visitor.json('post', '/auth/prove')).status).toBe(200)
    expect(provider.refreshes.refused).toBe(refused)
    const { refresh_token } = (await visitor.json('get', '/profile')).json
    expect([refresh_token, provider.lives(refresh_token)]).toEqual([provider.given.at(-1), true])
  })
})
