import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMMANDS, PROMISES } from './list.js'

/**
 * Runs every test whose name begins with the id of a promise (or with several), or has it in parentheses, wherever it is in test/,
 * then what is no test, and prints the list: id, held or not, seconds, title. Ends with 1 when one is not held; with CI=true also when one could not be
 * tried. Ids as arguments: only these.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FIRST = /^((?:[A-J]\d{1,2} )+)/
const IN_PARENTHESES = /\(([A-J]\d{1,2}(?:, [A-J]\d{1,2})*)\)/g
const VERBOSE = process.argv.includes('--verbose')

const asked = process.argv.slice(2).filter((argument) => argument !== '--verbose')
const unknown = asked.filter((id) => !PROMISES.some(([known]) => known === id))
if (unknown.length > 0) throw new Error(`there is no promise ${unknown.join(', ')}: they are A1 to J19`)
const promises = PROMISES.filter(([id]) => asked.length === 0 || asked.includes(id))
const anyId = `(${promises.map(([id]) => id).join('|')})`
const named = new RegExp(`['"\`](?:[A-J]\\d+ )*${anyId} |\\((?:[A-J]\\d+, )*${anyId}(?:, [A-J]\\d+)*\\)`)

const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => named.test(readFileSync(join(ROOT, 'test', file), 'utf8')))
  .map((file) => join('test', file))

const outputFile = join(mkdtempSync(join(tmpdir(), 'promises-')), 'results.json')
const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js']
const only = ['--testNamePattern', `(^| )${anyId} |\\([^)]*\\b${anyId}\\b[^)]*\\)`]
// Without files, Jest would take all of them.
if (files.length > 0) {
  const told = ['--json', '--outputFile', outputFile, '--silent']
  spawnSync(process.execPath, [...jest, ...files, ...only, ...told], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', VERBOSE ? 'inherit' : 'ignore'],
  })
}

/** @typedef {{ title: string, status: string, duration: number | null, ancestorTitles: string[], failureMessages: string[] }} Result */
/** @type {Result[]} */
const results = (files.length > 0 ? JSON.parse(readFileSync(outputFile, 'utf8')).testResults : []).flatMap(
  (/** @type {{ assertionResults: Result[] }} */ file) => file.assertionResults,
)
/** @type {Map<string, Result[]>} */
const byId = new Map()
for (const result of results) {
  const first = FIRST.exec(result.title)?.[1]?.trim().split(' ') ?? []
  const others = [...[...result.ancestorTitles, result.title].join(' ').matchAll(IN_PARENTHESES)]
  const ids = new Set([...first, ...others.flatMap(([, list = '']) => list.split(', '))])
  for (const id of ids) byId.set(id, [...(byId.get(id) ?? []), result])
}

for (const [id, command] of Object.entries(COMMANDS)) {
  if (!promises.some(([wanted]) => wanted === id)) continue
  const began = performance.now()
  const { status, stdout } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' })
  if (VERBOSE || status !== 0) process.stderr.write(stdout)
  const failureMessages = status === 0 ? [] : [`node ${command.join(' ')} ended with ${status}`]
  const duration = performance.now() - began
  byId.set(id, [
    ...(byId.get(id) ?? []),
    { title: id, status: status === 0 ? 'passed' : 'failed', duration, ancestorTitles: [], failureMessages },
  ])
}

const counts = { held: 0, broken: 0, 'not tried': 0 }
for (const [id, title] of promises) {
  const tests = byId.get(id) ?? []
  const failed = tests.filter(({ status }) => status === 'failed')
  const lacks = new Set(
    tests.flatMap(({ ancestorTitles }) => ancestorTitles.join().match(/\[needs (.+?)\]/)?.[1] ?? []),
  )
  const passed = tests.filter(({ status }) => status === 'passed')
  const seconds = tests.reduce((sum, { duration }) => sum + (duration ?? 0), 0) / 1000
  /** @type {keyof typeof counts} */
  const outcome = failed.length > 0 ? 'broken' : passed.length > 0 ? 'held' : 'not tried'
  counts[outcome] += 1
  const why = [
    ...(lacks.size > 0 ? [`some of it needs ${[...lacks].join(', ')}`] : []),
    ...failed.map((test) => `${test.title}: ${test.failureMessages[0]?.split('\n')[0]}`),
  ]
  const time = passed.length + failed.length > 0 ? `${seconds.toFixed(1)} s` : ''
  console.log(
    `${id.padEnd(4)}${outcome.padEnd(10)}${time.padStart(8)}  ${title}${why.length > 0 ? ` (${why.join('; ')})` : ''}`,
  )
}
console.log(`\n${counts.held} of ${promises.length} held, ${counts.broken} broken, ${counts['not tried']} not tried`)
process.exit(counts.broken > 0 || (process.env.CI === 'true' && counts['not tried'] > 0) ? 1 : 0)
