import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The import graph of a folder of TypeScript, types counted: `node test/house/import-graph.js [FOLDER]` prints its figures.
 *
 * @typedef {{ files: number, loose: string[], median: number, longest: [string, number], rooms: number, arrows: number,
 *   fileCircles: string[][], folderCircles: string[][] }} Figures
 */

/** @param {string} root @returns {Figures} */
export function importGraph(root) {
  const files = readdirSync(root, { encoding: 'utf8', recursive: true }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
  )
  const lines = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8').split('\n').length - 1]))
  const imports = new Map(files.map((file) => [file, importsOf(root, file)]))
  const folders = foldersOf(imports)
  const sizes = [...lines.values()].sort((a, b) => a - b)
  const longest = [...lines].reduce((a, b) => (b[1] > a[1] ? b : a))
  return {
    files: files.length,
    loose: files.filter((file) => !file.includes('/')),
    median: /** @type {number} */ (sizes[Math.floor(sizes.length / 2)]),
    longest,
    rooms: folders.size,
    arrows: [...folders.values()].reduce((sum, targets) => sum + targets.size, 0),
    fileCircles: circles(imports),
    folderCircles: circles(folders),
  }
}

/** @param {string} root @param {string} file @returns {Set<string>} */
function importsOf(root, file) {
  const found = readFileSync(join(root, file), 'utf8').matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)\.js'/g)
  return new Set([...found].map(([, name]) => `${posix.join(posix.dirname(file), /** @type {string} */ (name))}.ts`))
}

/** The rooms: first folders, and each loose file by itself. @param {Map<string, Set<string>>} imports */
function foldersOf(imports) {
  const room = (/** @type {string} */ file) => /** @type {string} */ (file.split('/')[0])
  /** @type {Map<string, Set<string>>} */
  const folders = new Map()
  for (const [file, targets] of imports) {
    const from = folders.get(room(file)) ?? new Set()
    for (const target of targets) if (room(target) !== room(file)) from.add(room(target))
    folders.set(room(file), from)
  }
  return folders
}

/** Tarjan's strongly connected components with more than one member. @param {Map<string, Set<string>>} graph */
function circles(graph) {
  /** @type {Map<string, { index: number, low: number, open: boolean }>} */
  const seen = new Map()
  /** @type {string[]} */
  const stack = []
  /** @type {string[][]} */
  const found = []
  const visit = (/** @type {string} */ node) => {
    const mark = { index: seen.size, low: seen.size, open: true }
    seen.set(node, mark)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      const other = seen.get(next) ?? (graph.has(next) ? visit(next) : null)
      if (other?.open) mark.low = Math.min(mark.low, other.low)
    }
    if (mark.low === mark.index) {
      const members = stack.splice(stack.indexOf(node))
      for (const member of members) /** @type {{ open: boolean }} */ (seen.get(member)).open = false
      if (members.length > 1) found.push(members.sort())
    }
    return mark
  }
  for (const node of graph.keys()) if (!seen.has(node)) visit(node)
  return found
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, loose, median, longest, rooms, arrows, fileCircles, folderCircles } = importGraph(
    process.argv[2] ?? 'server',
  )
  console.log(
    `${files} files, ${loose.length} of them loose; lines: median ${median}, most ${longest[1]} (${longest[0]})`,
  )
  console.log(`${rooms} rooms (folders and loose files), ${arrows} arrows between them`)
  console.log(`circles between files: ${fileCircles.length}${fileCircles.map((c) => `\n  ${c.join(', ')}`).join('')}`)
  console.log(
    `circles between rooms: ${folderCircles.length}${folderCircles.map((c) => `\n  ${c.join(', ')}`).join('')}`,
  )
}
