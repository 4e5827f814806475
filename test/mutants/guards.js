// Lists the guards of server/: lines that throw, refuse or return early on a condition. With --draw N [--seed S] it picks N of them,
// the same ones for the same seed, to write edits for: `node test/mutants/guards.js --draw 20 --seed 7`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A condition in front of a way out. */
const GUARD = /^\s*(?:\} else )?if \(.*\) (?:throw|return|continue|break)\b|\?\? (?:throw|refuse)|^\s*if \(.*\) \{$/
const WAY_OUT = /^\s*(?:throw|return)\b/

/** @returns {{ file: string, line: number, text: string }[]} */
export function guards() {
  const files = readdirSync(join(ROOT, 'server'), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .sort()
    .flatMap((file) => {
      const lines = readFileSync(join(ROOT, 'server', file), 'utf8').split('\n')
      return lines.flatMap((text, at) => {
        const opens = text.trimEnd().endsWith('{')
        const isGuard = GUARD.test(text) && (!opens || WAY_OUT.test(lines[at + 1] ?? ''))
        return isGuard ? [{ file: join('server', file), line: at + 1, text: text.trim() }] : []
      })
    })
}

/** A small generator, so that a seed draws the same everywhere (mulberry32). @param {number} seed */
function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** @template T @param {T[]} all @param {number} count @param {number} seed @returns {T[]} */
export function draw(all, count, seed) {
  const next = random(seed)
  const left = [...all]
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [one] = left.splice(Math.floor(next() * left.length), 1)
    return /** @type {T} */ (one)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { draw: { type: 'string' }, seed: { type: 'string', default: '1' } } })
  const all = guards()
  const shown = values.draw === undefined ? all : draw(all, Number(values.draw), Number(values.seed))
  for (const { file, line, text } of shown) console.log(`${file}:${line}  ${text}`)
  console.log(`${shown.length} of ${all.length} guards`)
}
