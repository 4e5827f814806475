import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where servers for the tests are kept, fetched once: `~/.cache/offline-token-mint`. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'offline-token-mint')

/**
 * The path of `name` in the cache, made by `make` where it is not there yet. What is made appears at once and whole, so an
 * interrupted download or a second maker does no harm.
 *
 * @param {string} name
 * @param {(directory: string) => Promise<string>} make makes it inside an empty directory and returns its path
 */
export async function cached(name, make) {
  const path = join(CACHE, name)
  if (existsSync(path)) return path
  await mkdir(CACHE, { recursive: true })
  const workshop = await mkdtemp(join(CACHE, '.making-'))
  try {
    await rename(await make(workshop), path)
  } catch (error) {
    if (!existsSync(path)) throw error
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
  return path
}

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<void>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (status) => {
      if (status === 0) resolve()
      else reject(new Error(`${command} ${args.join(' ')} ended with ${status}:\n${output.slice(-4000)}`))
    })
  })
}
