import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { IN_MEMORY, IN_REDIS } from './contestants.js'
import { home } from './measures/home.js'
import { install } from './measures/install.js'
import { memory } from './measures/memory.js'
import { page } from './measures/page.js'
import { profile } from './measures/profile.js'
import { refresh } from './measures/refresh.js'
import { signIn, signInCrowd } from './measures/sign-in.js'
import { coldStart } from './measures/start.js'
import { startRedis } from './redis.js'
import { report } from './report.js'
import { Results } from './results.js'
import { start, startProvider } from './server-process.js'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    redis: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
})
const effort = options.quick ? { rounds: 3, seconds: 1, times: 40 } : { rounds: 11, seconds: 3, times: 100 }
const wanted = (/** @type {{ id: string }} */ { id }) => options.only.length === 0 || options.only.includes(id)

const UNDER_LOAD = [home, profile, signIn, signInCrowd, refresh].filter(wanted)
const AFTERWARDS = [memory, page].filter(wanted)
const FROM_NOTHING = [coldStart].filter(wanted)
const ONCE = [install].filter((measure) => wanted(measure) && !options.redis)

const contestants = options.redis ? IN_REDIS : IN_MEMORY
const provider = await startProvider()
const redis = options.redis ? await startRedis() : null
const world = { issuer: provider.issuer, redisUrl: redis?.url }
const results = new Results()
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`)

/** Each round begins with another one, so that nobody is always behind the same neighbour. @template T @param {T[]} all */
const inTurn = (all, /** @type {number} */ round) => all.map((_, i) => /** @type {T} */ (all[(i + round) % all.length]))

const servers = await Promise.all(contestants.map((contestant) => start(contestant, world)))
try {
  say('warming up')
  for (const measure of UNDER_LOAD) {
    for (const server of servers) await measure.measure(server, { seconds: 1, times: 300 })
  }
  for (let round = 0; round < effort.rounds; round++) {
    say(`round ${round + 1} of ${effort.rounds}`)
    for (const measure of UNDER_LOAD) {
      for (const server of inTurn(servers, round))
        results.keep(measure, server.id, await measure.measure(server, effort))
    }
  }
  for (const measure of AFTERWARDS) {
    for (const server of servers) results.keep(measure, server.id, await measure.measure(server))
  }
} finally {
  await Promise.all(servers.map((server) => server.stop()))
}
for (const measure of FROM_NOTHING) {
  say('starting from nothing')
  for (let round = 0; round < effort.rounds * 2; round++) {
    for (const contestant of inTurn(contestants, round)) {
      results.keep(measure, contestant.id, await measure.measure(contestant, world))
    }
  }
}
for (const measure of ONCE) {
  for (const contestant of contestants) results.keep(measure, contestant.id, await measure.measure(contestant))
}
provider.stop()
redis?.stop()

const [cpu] = cpus()
say(`\nNode ${process.version}, ${cpus().length} cores of ${cpu?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}\n`)
process.stdout.write(`${report(results.all(), contestants, options.redis)}\n`)
