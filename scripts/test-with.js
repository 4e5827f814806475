// `node scripts/test-with.js NAME=VALUE … FILE …`: runs tests with these variables, in any shell.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const isVariable = (/** @type {string} */ argument) => /^[A-Z_]+=/.test(argument)
const given = process.argv.slice(2)
const variables = given.filter(isVariable).map((argument) => argument.split(/=(.*)/s).slice(0, 2))
const files = given.filter((argument) => !isVariable(argument))

const { status } = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...files],
  {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, ...Object.fromEntries(variables) },
  },
)
process.exitCode = status ?? 1
