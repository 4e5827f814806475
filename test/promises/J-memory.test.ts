import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, it } from '@jest/globals'
import { createMemoryRecords } from '../../server/stores/memory.js'
import { type RunningApp, startApp } from '../support/app.js'
import { flood } from '../support/flood.js'
import { slow } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const MIB = 1024 * 1024

let app: RunningApp
afterEach(() => app?.close())

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes in use once everything that nobody needs is gone. */
async function inUse(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

slow(
  'J10 sign-ins that strangers begin take 20 MiB at most, and tokens stay',
  async () => {
    app = await startApp({ LOG_LEVEL: 'fatal' })
    const person = new Visitor(app)
    await person.signIn('demo', 'demo')
    const target = { port: app.port, host: new URL(app.url).host, path: '/auth/oauth2' }
    // Code is compiled, and the provider asked.
    await flood(target, 200)
    const before = await inUse()
    expect(await flood(target, 6_000)).toEqual({ 302: 6_000 })
    const full = await inUse()
    expect(full - before).toBeLessThan(20 * MIB)
    // From here on, each pushes out another. test/promises/memory.js begins 80,000.
    expect(await flood(target, 6_000)).toEqual({ 302: 6_000 })
    expect((await inUse()) - full).toBeLessThan(3 * MIB)
    expect((await person.get('/profile')).status).toBe(200)
    expect((await new Visitor(app).signIn('demo', 'demo')).status).toBe(200)
  },
  240_000,
)

it('J10 the memory of one process has an end, and what is in it stays', async () => {
  const records = createMemoryRecords(Date.now, 1_000)
  await records.create('tokens:one', 'x'.repeat(600), 60_000)
  await expect(records.create('tokens:two', 'x'.repeat(600), 60_000)).rejects.toMatchObject({
    code: 'store_unavailable',
  })
  expect(await records.read('tokens:one')).toMatchObject({ version: 1 })
  await records.replace('tokens:one', 'x'.repeat(300), 1)
  await records.create('tokens:two', 'x'.repeat(600), 60_000)
  await records.remove('tokens:one')
  await records.take('tokens:two')
  await records.create('tokens:three', 'x'.repeat(1_000), 60_000)
  await records.close()
})
