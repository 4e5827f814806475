// `npm test`: lint, types, build, and every test that Node alone can run. `npm run test:all` (--all): every test.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
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
process.once('exit', () => rmSync(onlyNode, { recursive: true }))
const NODE_ALONE = { PATH: onlyNode, TESTS: 'quick' }

const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js']

/** @type {[name: string, args: string[], env?: Record<string, string>][]} */
const STEPS = [
  ['Lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']],
  ['Types', ['node_modules/typescript/bin/tsc']],
  ['Build', ['scripts/build.js']],
  // Many of its tests wait for a server, so one file more than there are cores runs at a time.
  all ? ['Tests', JEST] : ['Tests', [...JEST, `--maxWorkers=${availableParallelism() + 1}`], NODE_ALONE],
]

const began = performance.now()
for (const [name, args, env] of STEPS) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } })
  if (status === 0) continue
  console.error(`${name} failed: node ${args.join(' ')}`)
  process.exit(status ?? 1)
}
console.log(`All green in ${Math.round((performance.now() - began) / 1000)} s.`)
