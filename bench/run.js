import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { CONTESTANTS } from './contestants.js'
import { install } from './measures/install.js'
import { page } from './measures/page.js'
import { profile } from './measures/profile.js'
import { refresh } from './measures/refresh.js'
import { signIn, signInCrowd } from './measures/sign-in.js'
import { coldStart } from './measures/start.js'
import { report } from './report.js'
import { start, startProvider } from './server-process.js'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] } },
})
const effort = options.quick ? { rounds: 3, seconds: 1, times: 40 } : { rounds: 11, seconds: 2, times: 100 }
const wanted = (/** @type {{ id: string }} */ { id }) => options.only.length === 0 || options.only.includes(id)

/** Those of a server that runs on, taking turns in every round; then those of a server of their own. */
const UNDER_LOAD = [profile(1), profile(50), signIn, signInCrowd, refresh].filter(wanted)
const AT_REST = [page].filter(wanted)
const FROM_NOTHING = [coldStart].filter(wanted)
const ONCE = [install].filter(wanted)

/** @type {Map<string, import('./report.js').Result>} */
const results = new Map()

/** @param {{ id: string, rows: import('./report.js').Row[] }} measure @param {string} contestant @param {number[]} measured */
function keep({ id, rows }, contestant, measured) {
  for (const [i, row] of rows.entries()) {
    const result = results.get(`${id} ${i}`) ?? { row, values: {} }
    results.set(`${id} ${i}`, result)
    result.values[contestant] = [...(result.values[contestant] ?? []), /** @type {number} */ (measured[i])]
  }
}

const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`)

/** Each round begins with another one, so that nobody is always behind the same neighbour. @template T @param {T[]} all */
const inTurn = (all, /** @type {number} */ round) => all.map((_, i) => /** @type {T} */ (all[(i + round) % all.length]))

const provider = await startProvider()
const world = { issuer: provider.issuer, redisUrl: process.env.REDIS_URL }
const servers = await Promise.all(CONTESTANTS.map((contestant) => start(contestant, world)))
try {
  say('warming up')
  for (const measure of UNDER_LOAD) {
    for (const server of servers) await measure.measure(server, { seconds: 1, times: 40 })
  }
  for (let round = 0; round < effort.rounds; round++) {
    say(`round ${round + 1} of ${effort.rounds}`)
    for (const measure of UNDER_LOAD) {
      for (const server of inTurn(servers, round)) keep(measure, server.id, await measure.measure(server, effort))
    }
  }
  const loaded = {
    id: 'memory',
    rows: [{ title: 'memory, after the load', unit: 'MiB', goal: { at: '≤', ratio: 1.2 } }],
  }
  for (const server of servers) {
    for (const measure of AT_REST) keep(measure, server.id, await measure.measure(server))
    if (UNDER_LOAD.length > 0) keep(loaded, server.id, [(await server.memory()) / 2 ** 20])
  }
} finally {
  await Promise.all(servers.map((server) => server.stop()))
}
for (const measure of FROM_NOTHING) {
  say('starting from nothing')
  for (let round = 0; round < effort.rounds * 2; round++) {
    for (const contestant of inTurn(CONTESTANTS, round)) {
      keep(measure, contestant.id, await measure.measure(contestant, world))
    }
  }
}
for (const measure of ONCE) {
  for (const contestant of CONTESTANTS) keep(measure, contestant.id, await measure.measure(contestant))
}
provider.stop()

const [cpu] = cpus()
say(`\nNode ${process.version}, ${cpus().length} cores of ${cpu?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}\n`)
process.stdout.write(`${report([...results.values()])}\n`)
