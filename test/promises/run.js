import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ELSEWHERE, PROMISES } from './list.js'

/**
 * Runs every test whose name begins with the id of a promise (or with several), wherever it stands in test/, and prints the
 * list: id, held or not, seconds, title. Ends with 1 when one is not held; with CI=true also when one could not be tried.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const IDS = /^((?:[A-I]\d{1,2} )+)/
const NAMED = /\b(?:it|test)(?:\.each\([\s\S]*?\))?\(\s*['"`][A-I]\d{1,2} /

const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => NAMED.test(readFileSync(join(ROOT, 'test', file), 'utf8')))
  .map((file) => join('test', file))

const outputFile = join(mkdtempSync(join(tmpdir(), 'promises-')), 'results.json')
const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js']
const only = ['--testNamePattern', '(^| )[A-I]\\d{1,2} ']
spawnSync(process.execPath, [...jest, ...files, ...only, '--json', '--outputFile', outputFile, '--silent'], {
  cwd: ROOT,
  stdio: ['ignore', 'ignore', process.argv.includes('--verbose') ? 'inherit' : 'ignore'],
})

/** @typedef {{ title: string, status: string, duration: number | null, ancestorTitles: string[], failureMessages: string[] }} Result */
/** @type {Result[]} */
const results = JSON.parse(readFileSync(outputFile, 'utf8')).testResults.flatMap(
  (/** @type {{ assertionResults: Result[] }} */ file) => file.assertionResults,
)
/** @type {Map<string, Result[]>} */
const byId = new Map()
for (const result of results) {
  const ids = IDS.exec(result.title)?.[1]?.trim().split(' ') ?? []
  for (const id of ids) byId.set(id, [...(byId.get(id) ?? []), result])
}

const counts = { held: 0, broken: 0, 'not tried': 0, elsewhere: 0 }
for (const [id, title] of PROMISES) {
  const tests = byId.get(id) ?? []
  const failed = tests.filter(({ status }) => status === 'failed')
  const lacks = new Set(
    tests.flatMap(({ ancestorTitles }) => ancestorTitles.join().match(/\[needs (.+?)\]/)?.[1] ?? []),
  )
  const passed = tests.filter(({ status }) => status === 'passed')
  const seconds = tests.reduce((sum, { duration }) => sum + (duration ?? 0), 0) / 1000
  /** @type {keyof typeof counts} */
  const outcome = failed.length > 0 ? 'broken' : passed.length > 0 ? 'held' : ELSEWHERE[id] ? 'elsewhere' : 'not tried'
  counts[outcome] += 1
  const why = [
    ...(lacks.size > 0 ? [`some of it needs ${[...lacks].join(', ')}`] : []),
    ...(outcome === 'elsewhere' ? [ELSEWHERE[id]] : []),
    ...failed.map((test) => `${test.title}: ${test.failureMessages[0]?.split('\n')[0]}`),
  ]
  const time = passed.length + failed.length > 0 ? `${seconds.toFixed(1)} s` : ''
  console.log(
    `${id.padEnd(4)}${outcome.padEnd(10)}${time.padStart(8)}  ${title}${why.length > 0 ? ` (${why.join('; ')})` : ''}`,
  )
}
console.log(
  `\n${counts.held} held, ${counts.elsewhere} held elsewhere, ${counts.broken} broken, ${counts['not tried']} not tried; ${PROMISES.length} in all`,
)
process.exit(counts.broken > 0 || (process.env.CI === 'true' && counts['not tried'] > 0) ? 1 : 0)
