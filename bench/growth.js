import { parseArgs } from 'node:util'
import { Browser } from './browser.js'
import { APP } from './contestants.js'
import { startRedis } from './redis.js'
import { start, startProvider } from './server-process.js'
import { median } from './statistics.js'

/**
 * How a site grows: the time of a profile page, and the bytes of a session, with ever more sessions alive. Each session brings a
 * token, as `POST /auth/token` takes it. Then the pages of a session with one token, and with thirty.
 */
const { values: options } = parseArgs({
  options: { redis: { type: 'boolean', default: false }, upTo: { type: 'string', default: '100000' } },
})
const STEPS = [100, 1_000, 10_000, 100_000].filter((step) => step <= Number(options.upTo))
const VIEWS = 1_500
/** Those who come again and again, while all others keep away. */
const REGULARS = 20
const AT_ONCE = 20
const TOKENS = 30

const provider = await startProvider()
const redis = options.redis ? await startRedis() : null
const server = await start({ ...APP, redis: options.redis }, { issuer: provider.issuer, redisUrl: redis?.url })
/** @type {Browser[]} */
const visitors = []
const token = await fetch(`${provider.issuer}/protocol/openid-connect/token`, {
  method: 'POST',
  body: new URLSearchParams({ grant_type: 'refresh_token' }),
})
const { refresh_token } = await token.json()

async function bring() {
  const browser = new Browser(server)
  await browser.post('/auth/token', { refresh_token })
  visitors.push(browser)
}

/** @param {(i: number) => Browser | undefined} who */
async function p50(who, path = '/profile') {
  const took = []
  for (let i = 0; i < VIEWS; i++) {
    const browser = who(i)
    const began = performance.now()
    await browser?.open(path)
    took.push(performance.now() - began)
  }
  return median(took)
}

const stored = () => (redis ? redis.memory() : server.memory())

for (let i = 0; i < 300; i++) await bring()
await p50((i) => visitors[i % REGULARS])
visitors.length = 0
const before = await stored()

console.log('| sessions | p50, the same 20 visitors | p50, anybody | bytes a session | of them its token |')
console.log('| --: | --: | --: | --: | --: |')
for (const step of STEPS) {
  while (visitors.length < step) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, step - visitors.length) }, bring))
  }
  const bytes = ((await stored()) - before) / step
  const regulars = await p50((i) => visitors[i % REGULARS])
  const anybody = await p50(() => visitors[Math.floor(Math.random() * visitors.length)])
  const cells = [step, `${regulars.toFixed(2)} ms`, `${anybody.toFixed(2)} ms`, Math.round(bytes), refresh_token.length]
  console.log(`| ${cells.map((cell) => cell.toLocaleString('en-US')).join(' | ')} |`)
}

const [one, many] = [new Browser(server), new Browser(server)]
await one.post('/auth/token', { refresh_token })
for (let i = 0; i < TOKENS; i++) {
  await many.post('/auth/token', { refresh_token: `${i}${refresh_token}` })
}
console.log(`\n| page, p50 | 1 token in the session | ${TOKENS} tokens |`)
console.log('| --- | --: | --: |')
for (const path of ['/profile', '/profile/tokens']) {
  const times = [await p50(() => one, path), await p50(() => many, path)]
  console.log(`| ${path} | ${times.map((time) => `${time.toFixed(2)} ms`).join(' | ')} |`)
}
await server.stop()
provider.stop()
redis?.stop()
process.exit()
