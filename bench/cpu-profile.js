import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IN_MEMORY } from './contestants.js'
import { home } from './measures/home.js'
import { profile } from './measures/profile.js'
import { refresh } from './measures/refresh.js'
import { signIn } from './measures/sign-in.js'
import { start, startProvider } from './server-process.js'

/**
 * Where the time goes: `node cpu-profile.js [measure] [contestant]`, by default the profile page of the app. Prints the share of each
 * package or folder, and the functions that cost most by themselves.
 */
const [measureId = 'profile', contestantId = 'app'] = process.argv.slice(2)
const measure = [home, profile, signIn, refresh].find(({ id }) => id === measureId)
const contestant = IN_MEMORY.find(({ id }) => id === contestantId)
if (!measure || !contestant) throw new Error('usage: node cpu-profile.js [measure] [contestant]')

const folder = await mkdtemp(join(tmpdir(), 'bench-profile-'))
const provider = await startProvider()
const world = { issuer: provider.issuer }
// A profile is written when a process exits, which is not what Node does on SIGINT by itself.
const exit = ['--import', 'data:text/javascript,process.on("SIGINT",()=>process.exit())']
const server = await start(contestant, world, [...exit, '--cpu-prof', `--cpu-prof-dir=${folder}`])
await measure.measure(server, { seconds: 8, times: 1_500 })
await server.stop()
provider.stop()

const [file = ''] = await readdir(folder)
const { nodes, samples, timeDeltas } = JSON.parse(await readFile(join(folder, file), 'utf8'))
await rm(folder, { recursive: true })

const byId = new Map(nodes.map((/** @type {any} */ node) => [node.id, node]))
/** @typedef {{ functionName: string, url: string, lineNumber: number }} Frame */
/** @type {Map<number, Frame | null>} null: the loading of code, which a server does once */
const frames = new Map()
walk(nodes[0], false)
/** @type {Map<string, number>} */
const places = new Map()
/** @type {Map<string, number>} */
const functions = new Map()
let total = 0
for (const [i, id] of samples.entries()) {
  const frame = frames.get(id)
  if (!frame || frame.functionName === '(idle)') continue
  const { functionName, url, lineNumber } = frame
  const time = timeDeltas[i]
  const place = placeOf(url, functionName)
  total += time
  places.set(place, (places.get(place) ?? 0) + time)
  const name = `${functionName || '(anonymous)'} ${url && `${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`}`
  functions.set(name, (functions.get(name) ?? 0) + time)
}
for (const table of [places, functions]) {
  const most = [...table].sort(([, a], [, b]) => b - a).slice(0, 25)
  for (const [name, time] of most) console.log(`${((time / total) * 100).toFixed(1).padStart(5)} %  ${name}`)
  console.log()
}

function walk(/** @type {any} */ node, /** @type {boolean} */ loading) {
  const inLoader = loading || node.callFrame.url.startsWith('node:internal/modules')
  frames.set(node.id, inLoader ? null : node.callFrame)
  for (const id of node.children ?? []) walk(byId.get(id), inLoader)
}

/** Whose code it is: a package, a folder of ours, or Node itself. */
function placeOf(/** @type {string} */ url, /** @type {string} */ functionName) {
  const [, dependency] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  if (dependency) return dependency
  const [, own] = /\/dist\/(.+)$/.exec(url) ?? []
  if (own) return `server/${own.replace('.js', '.ts')}`
  return url ? url.split('/').slice(0, 2).join('/') : functionName
}
