// `npm test`: lint, types, build, and every test that Node alone can run. `npm run test:all` (--all): every test.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const all = process.argv.includes('--all')

/**
 * `npm test` hides every other program. So a test that needs one and doesn't say so (`describeWith` in test/support/tools.ts)
 * fails here on every machine, whatever is installed.
 */
const onlyNode = mkdtempSync(join(tmpdir(), 'only-node-'))
symlinkSync(process.execPath, join(onlyNode, 'node'))
const NODE_ALONE = { PATH: onlyNode, TESTS: 'quick' }

/** Names the files that failed, one a line (test/support/failed-reporter.js). */
const FAILED_FILES = join(tmpdir(), `failed-${process.pid}`)
const FEW = 5

process.once('exit', () => {
  rmSync(onlyNode, { recursive: true })
  rmSync(FAILED_FILES, { force: true })
})

const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js']

/** @type {[name: string, args: string[], env?: Record<string, string>][]} */
const STEPS = [
  ['Lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']],
  ['Types', ['node_modules/typescript/bin/tsc']],
  ['Build', ['scripts/build.js']],
  // Many of its tests wait for a server, so one file more than there are cores runs at a time.
  all ? ['Tests', JEST] : ['Tests', [...JEST, `--maxWorkers=${availableParallelism() + 1}`], NODE_ALONE],
]

/** @param {string[]} args @param {Record<string, string>} [env] @returns {number} the exit code */
const run = (args, env) =>
  spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1

const began = performance.now()
for (const [name, args, env] of STEPS) {
  const status = run(args, { ...env, FAILED_FILES })
  if (status === 0 || (all && name === 'Tests' && passAlone())) continue
  console.error(`${name} failed: node ${args.join(' ')}`)
  process.exit(status)
}
console.log(`All green in ${Math.round((performance.now() - began) / 1000)} s.`)

/** Runs a few files that failed once more, one after the other: a busy machine may have been the reason. Names those that pass. */
function passAlone() {
  const files = existsSync(FAILED_FILES) ? readFileSync(FAILED_FILES, 'utf8').split('\n').filter(Boolean) : []
  if (files.length === 0 || files.length > FEW) return false
  console.log(`\nOnce more, alone: ${files.join(', ')}`)
  if (run([...JEST, '--runInBand', ...files]) !== 0) return false
  console.log(`\nFailed beside other tests and passed alone, so mend them: ${files.join(', ')}`)
  return true
}
