// Builds dist/ from server/. TypeScript remembers in dist/ what it built from, so an unchanged server/ takes half a second.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = (/** @type {string} */ name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const COMPILER = path('node_modules/typescript/bin/tsc')
const SOURCE = path('server/tsconfig.json')
const FROM = path('server')
const TO = path('dist')

/** Node 22.13 and later take the types out of TypeScript by themselves. @type {((text: string) => string) | undefined} */
const stripTypes = Reflect.get(nodeModule, 'stripTypeScriptTypes')

// A package has dist/ and no sources.
if (existsSync(SOURCE)) build()

function build() {
  // What is packed holds nothing of an earlier build.
  if (process.argv.includes('--clean')) rmSync(TO, { recursive: true, force: true })
  if (existsSync(COMPILER)) {
    process.exitCode = spawnSync(process.execPath, [COMPILER, '-p', SOURCE], { stdio: 'inherit' }).status ?? 1
  } else if (stripTypes) {
    buildByNode(stripTypes)
  } else if (!existsSync(join(TO, 'main.js'))) {
    console.error(
      'There is nothing to start yet. Run "npm ci" (without --omit=dev), so that the TypeScript compiler can build dist/; or use Node 22.13 or later, which needs no compiler.',
    )
    process.exitCode = 1
  }
}

/** After `npm ci --omit=dev` there is no compiler. @param {(text: string) => string} strip */
function buildByNode(strip) {
  process.removeAllListeners('warning') // Node calls it experimental.
  rmSync(join(TO, '.tsbuildinfo'), { force: true })
  for (const file of readdirSync(FROM, { encoding: 'utf8', recursive: true })) {
    if (!file.endsWith('.ts') || file.endsWith('.d.ts')) continue
    const target = join(TO, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, strip(readFileSync(join(FROM, file), 'utf8')))
  }
}
