import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, it } from '@jest/globals'
import type { SessionData } from 'express-session'
import { createMemoryRecords } from '../../server/stores/memory.js'
import { createMemoryBudget } from '../../server/stores/memory-budget.js'
import { MemorySessions } from '../../server/web/sessions/memory-sessions.js'
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
  const records = createMemoryRecords(Date.now, createMemoryBudget(1_000))
  const refused = { code: 'store_unavailable' }
  await records.create('a', 'x'.repeat(600), 60_000)
  await expect(records.create('b', 'x'.repeat(600), 60_000)).rejects.toMatchObject(refused)
  expect(await records.read('a')).toMatchObject({ version: 1 })
  await records.replace('a', 'x'.repeat(300), 1)
  await records.create('b', 'x'.repeat(600), 60_000)
  await records.remove('a')
  await records.take('b')
  await records.create('c', 'x'.repeat(1_000), 60_000)
  await records.remove('c')

  const lasts = { idle: 60_000, absolute: 60_000 }
  const list = (characters: number, over = 0) => ({
    head: { value: 'x'.repeat(100), over, latest: 'one' },
    entries: [{ id: 'one', value: 'x'.repeat(characters), over }],
    lasts,
  })
  await records.lists.write('first', list(500))
  await expect(records.lists.write('second', list(500))).rejects.toMatchObject(refused)
  expect((await records.lists.read('first', 'latest'))?.entries.get('one')?.version).toBe(1)
  await records.lists.write('first', list(100, 1))
  await records.lists.write('second', list(500))
  await records.lists.remove('first')
  await records.lists.write('first', list(200))
  await records.close()
})

it('J10 the oldest sign-in makes room for the next, and tokens make room for nothing', async () => {
  const records = createMemoryRecords()
  await records.create('tokens:one', 'x', 60_000)
  for (let i = 0; i <= 5_000; i++) await records.create(`sign-in:${i}`, 'x', 60_000)
  expect(await Promise.all(['tokens:one', 'sign-in:0', 'sign-in:1'].map((key) => records.read(key)))).toEqual([
    { value: 'x', version: 1 },
    null,
    { value: 'x', version: 1 },
  ])
  await records.close()

  const sessions = new MemorySessions(false)
  const kept = (id: string) => new Promise((resolve) => sessions.get(id, (_error, data) => resolve(Boolean(data))))
  const data = (began?: number) => ({ cookie: { originalMaxAge: null }, browser: 'b', began }) as SessionData
  sessions.set('signed-in', data(Date.now()))
  for (let i = 0; i <= 5_000; i++) sessions.set(String(i), data())
  expect(await Promise.all(['signed-in', '0', '1'].map(kept))).toEqual([true, false, true])
  sessions.close()
})

it('J19 a stored session ends at its absolute end, however much it is used', async () => {
  const hour = 3_600_000
  let now = 0
  const sessions = new MemorySessions(false, () => now)
  const kept = () => new Promise((resolve) => sessions.get('one', (_error, data) => resolve(Boolean(data))))
  const data = { cookie: { originalMaxAge: null }, browser: 'b', began: 0 } as SessionData
  sessions.set('one', data)
  for (now = 0; now < 24 * hour; now += hour) {
    expect(await kept()).toBe(true)
    sessions.touch('one', data)
  }
  now = 24 * hour + 1
  expect(await kept()).toBe(false)
  sessions.close()
})
