/**
 * `node bench/npx.js [ROUNDS]`: how long `npx` of the package takes from an empty cache until the site is ready, beside a package that
 * has nothing but Express as its one dependency. Each round measures both, one after the other.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../test/support/free-port.js'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const ROUNDS = Number(process.argv[2] ?? 3)
const GOAL = 2

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'bench-npx-'))
try {
  const ours = pack(ROOT)
  const express = pack(emptyPackage())
  const rounds = []
  for (let round = 1; round <= ROUNDS; round++) {
    const seconds = {
      express: await untilReady(express, 'express-alone'),
      ours: await untilReady(ours, 'offline-token-mint'),
    }
    rounds.push(seconds.ours / seconds.express)
    console.log(`Round ${round}: Express alone ${seconds.express.toFixed(1)} s, ours ${seconds.ours.toFixed(1)} s`)
  }
  const median = /** @type {number} */ (rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)])
  console.log(`Ratio (median of ${ROUNDS}): ${median.toFixed(2)}, at most ${GOAL} wanted`)
  process.exitCode = median <= GOAL ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** @param {string} from @returns {string} the tarball's path */
function pack(from) {
  const args = ['pack', '--silent', '--pack-destination', folder]
  return join(folder, execFileSync('npm', args, { cwd: from, encoding: 'utf8' }).trim().split('\n').at(-1) ?? '')
}

function emptyPackage() {
  const at = join(folder, 'express-alone')
  mkdirSync(at)
  const bin = '#!/usr/bin/env node\nimport "express"\nconsole.log("is ready")\nsetInterval(() => {}, 1000)\n'
  writeFileSync(join(at, 'main.js'), bin)
  const about = { name: 'express-alone', version: '1.0.0', type: 'module', bin: 'main.js' }
  writeFileSync(join(at, 'package.json'), JSON.stringify({ ...about, dependencies: { express: dependencies.express } }))
  return at
}

/** Seconds from the command to "is ready", from a cache that has nothing in it. @param {string} tarball @param {string} command */
async function untilReady(tarball, command) {
  const cache = mkdtempSync(join(folder, 'cache-'))
  const began = performance.now()
  const child = spawn('npx', ['--yes', '--cache', cache, '--package', tarball, '--', command], {
    cwd: cache,
    env: { ...process.env, PORT: String(await freePort()) },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += chunk
    if (printed.includes('is ready')) break
  }
  const seconds = (performance.now() - began) / 1000
  if (!printed.includes('is ready')) throw new Error(`${tarball} did not start: ${printed}`)
  const ended = once(child, 'exit')
  process.kill(-Number(child.pid), 'SIGKILL')
  await ended
  return seconds
}
