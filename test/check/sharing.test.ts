import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createSetupCheck } from '../../server/check/set-up-check.js'
import { loadConfig } from '../../server/config/config.js'
import { createProviderClient } from '../../server/dependencies.js'
import { type FakeProvider, startFakeProvider } from './fake-provider.js'

describe('createSetupCheck', () => {
  let provider: FakeProvider
  beforeEach(async () => {
    provider = await startFakeProvider()
  })
  afterEach(() => provider.close())

  /** A check of this provider, on an instance of one's own or on one that many share. */
  function prepare(shared: boolean) {
    const config = { ...loadConfig({ PORT: '3000', ...provider.env }), shared }
    const client = createProviderClient(config)
    let time = Date.now()
    return {
      setupCheck: createSetupCheck({ config, provider: client.provider, now: () => time }),
      pass: (ms: number) => {
        time += ms
      },
      asks: () => provider.asked.filter((path) => path === '/auth').length,
      close: client.close,
    }
  }

  it('runs once for whoever asks at the same time, and tells each every result', async () => {
    const { setupCheck, asks, close } = prepare(false)
    const told: [string[], string[]] = [[], []]
    const [one, two] = await Promise.all([
      setupCheck.run(({ id }) => void told[0].push(id)),
      setupCheck.run(({ id }) => void told[1].push(id)),
    ])
    expect(two).toBe(one)
    expect(asks()).toBe(3)
    for (const ids of told) expect([...ids].sort()).toEqual(one.checks.map(({ id }) => id).sort())
    await close()
  })

  it('answers in the order of the table, whatever came first', async () => {
    const { setupCheck, close } = prepare(false)
    const { checks } = await setupCheck.run()
    expect(checks.map(({ id }) => id)).toEqual([
      'discovery',
      'authorization_request',
      'client_authentication',
      'endpoints',
      'clock',
    ])
    await close()
  })

  it('looks anew each time on an instance of one’s own', async () => {
    const { setupCheck, asks, close } = prepare(false)
    await setupCheck.run()
    await setupCheck.run()
    expect(asks()).toBe(6)
    await close()
  })

  it('lets one result serve everybody for a minute on a shared instance', async () => {
    const { setupCheck, asks, pass, close } = prepare(true)
    const first = await setupCheck.run()
    pass(59_000)
    const told: string[] = []
    expect(await setupCheck.run(({ id }) => void told.push(id))).toBe(first)
    expect(told).toHaveLength(5)
    expect(asks()).toBe(3)
    pass(2_000)
    expect(await setupCheck.run()).not.toBe(first)
    expect(asks()).toBe(6)
    await close()
  })
})
