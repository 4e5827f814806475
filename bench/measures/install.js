import { execFile } from 'node:child_process'
import { cp, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What `npm ci --omit=dev` brings. */
export const install = {
  id: 'install',
  rows: [
    { title: 'packages installed', unit: '' },
    { title: 'installed', unit: 'MiB' },
  ],
  /** @param {import('../contestants.js').Contestant} contestant */
  async measure({ folder }) {
    const copy = await mkdtemp(join(tmpdir(), 'bench-install-'))
    try {
      for (const file of ['package.json', 'package-lock.json']) await cp(join(folder, file), join(copy, file))
      await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--silent'], { cwd: copy })
      const { stdout } = await run('npm', ['ls', '--all', '--parseable', '--omit=dev'], { cwd: copy })
      // The first line is the project itself.
      return [stdout.trim().split('\n').length - 1, (await bytesIn(join(copy, 'node_modules'))) / 2 ** 20]
    } finally {
      await rm(copy, { recursive: true })
    }
  },
}

/** @param {string} folder @returns {Promise<number>} */
async function bytesIn(folder) {
  let bytes = 0
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    bytes += entry.isDirectory() ? await bytesIn(path) : (await lstat(path)).size
  }
  return bytes
}
