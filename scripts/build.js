// Builds dist/ from server/. TypeScript remembers in dist/ what it built from, so an unchanged server/ takes half a second.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (/** @type {string} */ name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const COMPILER = path('node_modules/typescript/bin/tsc')
const SOURCE = path('server/tsconfig.json')

// What is packed holds nothing of an earlier build.
if (process.argv.includes('--clean') && existsSync(SOURCE) && existsSync(COMPILER)) {
  rmSync(path('dist'), { recursive: true, force: true })
}

// A package from the registry has dist/ and no sources; an installation without development tools has no compiler.
if (existsSync(SOURCE) && existsSync(COMPILER)) {
  process.exitCode = spawnSync(process.execPath, [COMPILER, '-p', SOURCE], { stdio: 'inherit' }).status ?? 1
} else if (!existsSync(path('dist/main.js'))) {
  console.error(
    'There is nothing to start yet: run "npm ci" (without --omit=dev) first, so that the TypeScript compiler can build dist/.',
  )
  process.exitCode = 1
}
