// Takes protections out of the app, one at a time and in a copy, and runs the test that must fail then:
//   npm run mutants                         all of them
//   npm run mutants -- --changed main       those whose file, or whose test, differs from that commit
//   npm run mutants -- --only seal --minutes 10
//   … --only-after      does not run the tests before the edit, --apply-only runs none, --at-once 1 leaves a busy machine room
// It prints those that no test noticed (survivors) and ends with 1 where there is one, where an edit no longer applies, or where
// the test does not pass before the edit.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants.js'
import { Scratch } from './scratch.js'

/** @typedef {import('./mutant.js').Mutant} Mutant */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const AT_ONCE_AT_MOST = 2
/** In a test that starts processes of the built app. */
const RUNS_DIST = /support\/(command|tmux|site)\.js|dist\//

const { values } = parseArgs({
  options: {
    changed: { type: 'string' },
    only: { type: 'string' },
    minutes: { type: 'string' },
    'at-once': { type: 'string', default: String(AT_ONCE_AT_MOST) },
    'only-after': { type: 'boolean', default: false },
    'apply-only': { type: 'boolean', default: false },
  },
})

const changed = values.changed === undefined ? null : changedSince(values.changed)
const chosen = MUTANTS.filter(
  (mutant) =>
    (changed === null || changed.has(mutant.file) || changed.has(mutant.test)) &&
    (values.only === undefined || `${mutant.file} ${mutant.why} ${mutant.test} ${mutant.name}`.includes(values.only)),
)
const until = performance.now() + Number(values.minutes ?? 24 * 60) * 60_000

/** @type {{ mutant: Mutant, what: string }[]} */
const wrong = []
/** @type {Mutant[]} */
const untried = []
let killed = 0
/** @type {Map<string, Promise<import('./scratch.js').Outcome>>} */
const passing = new Map()

const scratches = Array.from(
  { length: Math.min(AT_ONCE_AT_MOST, Number(values['at-once']), Math.max(1, chosen.length)) },
  () => new Scratch(),
)
try {
  const queue = chosen.filter((mutant) => applies(mutant))
  if (!values['apply-only']) await Promise.all(scratches.map((scratch) => work(scratch, queue)))
} finally {
  for (const scratch of scratches) scratch.remove()
}

for (const { mutant, what } of wrong)
  console.log(`\n${what}: ${mutant.file}\n  ${mutant.why}\n  ${mutant.test} -t '${mutant.name}'`)
const late = untried.length > 0 ? `, ${untried.length} not tried in ${values.minutes} minutes` : ''
console.log(`\n${killed} of ${chosen.length} noticed by their test, ${wrong.length} not${late}`)
process.exitCode = wrong.length > 0 ? 1 : 0

/** null where that commit is not here: then every edit is taken. @param {string} base @returns {Set<string> | null} */
function changedSince(base) {
  const { status, stdout } = spawnSync('git', ['diff', '--name-only', base], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) {
    console.log(`There is no commit ${base} here, so all edits are tried.`)
    return null
  }
  return new Set(stdout.split('\n').filter(Boolean))
}

/** Whether the text that is taken out is there exactly once. @param {Mutant} mutant */
function applies(mutant) {
  const count = /** @type {Scratch} */ (scratches[0]).read(mutant.file).split(mutant.takes).length - 1
  if (count !== 1) wrong.push({ mutant, what: `No longer applies (the text is there ${count} times)` })
  return count === 1
}

/** @param {Scratch} scratch @param {Mutant[]} queue */
async function work(scratch, queue) {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    if (performance.now() > until) untried.push(mutant)
    else await judge(scratch, mutant)
  }
}

/** What the test says about the app as it is; asked once. @param {Scratch} scratch @param {Mutant} mutant */
function unchanged(scratch, { test, name }) {
  const key = `${test} ${name}`
  const known = passing.get(key) ?? scratch.test(test, name)
  passing.set(key, known)
  return known
}

/** @param {Scratch} scratch @param {Mutant} mutant */
async function judge(scratch, mutant) {
  const before = values['only-after'] ? { passed: [''], failed: [], broken: null } : await unchanged(scratch, mutant)
  if (before.passed.length === 0 || before.failed.length > 0 || before.broken) {
    const why = before.broken ?? before.failed[0] ?? 'no test has this name, or it needs what is not on this machine'
    wrong.push({ mutant, what: `Does not pass before the edit (${why.split('\n')[0]})` })
    return
  }
  const text = scratch.read(mutant.file)
  scratch.write(
    mutant.file,
    text.replace(mutant.takes, () => mutant.puts),
  )
  const built = mutant.file.endsWith('.ts') && RUNS_DIST.test(scratch.read(mutant.test))
  if (built) scratch.build(mutant.file)
  const after = await scratch.test(mutant.test, mutant.name)
  if (after.broken) wrong.push({ mutant, what: `Does not run (${after.broken.slice(0, 300)})` })
  else if (after.failed.length === 0)
    wrong.push({ mutant, what: after.passed.length > 0 ? 'Survives' : 'No test has this name' })
  else killed += 1
  console.log(`${after.failed.length > 0 ? 'noticed ' : 'SURVIVES'}  ${mutant.file}: ${mutant.why}`)
  scratch.write(mutant.file, text)
  if (built) scratch.build(mutant.file)
}
