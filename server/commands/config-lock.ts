import { spawnSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { CommandEnd } from './command.js'

/** Seconds after which a test of ours has surely ended. */
const LONGEST_RUN = 150
/** How long to wait for a lock, in seconds: as long as a run of our programs can take. */
const WAITS_AT_MOST = 300

/**
 * Takes the lock of a device config, the same one as our programs (refresh.sh, refresh.py, refresh.mjs): flock(1) on FILE.lock, which
 * the kernel releases when this process ends. Without flock (macOS, Windows), it is the directory FILE.lock.d (docs/one-time-tokens.md).
 * @param file its path after symbolic links are followed
 * @returns what unlocks it
 */
export async function lockConfig(file: string): Promise<() => void> {
  const directory = `${file}.lock.d`
  const opened = openLock(file)
  const seen = { owner: '', waited: 0 }
  for (let waited = 0; waited < WAITS_AT_MOST; waited++) {
    const { error, status } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', opened] })
    if (status === 0) return () => closeSync(opened)
    if (error && makeLock(directory)) return () => rmSync(directory, { recursive: true, force: true })
    if (!error || !breakLock(directory, seen)) await pause(1_000)
  }
  throw new CommandEnd(3, `Another program is still refreshing with ${file}.`, 'Try again later.')
}

function openLock(file: string): number {
  const name = `${file}.lock`
  try {
    if (!existsSync(name)) {
      closeSync(openSync(name, 'a', 0o600))
      giveToOwnerOf(file, name)
    }
    return openSync(name, 'r')
  } catch (error) {
    throw new CommandEnd(
      1,
      `${name} can't be opened (${(error as NodeJS.ErrnoException).code}).`,
      'This command writes a lock and the next refresh token next to the config: make its folder writable for this user.',
    )
  }
}

/** Gives the lock to the config's owner, because root may test a config that another user's program refreshes. */
export function giveToOwnerOf(file: string, made: string): void {
  const { uid, gid } = statSync(file)
  try {
    chownSync(made, uid, gid)
  } catch {
    // Only root may give a file away.
  }
}

function makeLock(directory: string): boolean {
  try {
    mkdirSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  writeFileSync(`${directory}/owner`, `${process.pid} ${LONGEST_RUN}`)
  return true
}

/**
 * Removes a lock that was left over: its owner is gone, or it stayed the same for longer than a run can take. Only one process gets
 * to make "broken" inside a lock, and looks again whose lock it is before it removes it.
 */
function breakLock(directory: string, seen: { owner: string; waited: number }): boolean {
  try {
    const owner = ownerOf(directory)
    seen.waited = owner === seen.owner ? seen.waited + 1 : 0
    seen.owner = owner
    const [pid, limit = '300'] = owner.split(' ')
    const tooLong = seen.waited >= Number(limit)
    if (!tooLong && !(pid && isGone(Number(pid)))) return false
    if (tooLong && existsSync(`${directory}/broken`)) rmdirSync(`${directory}/broken`)
    mkdirSync(`${directory}/broken`)
    if (ownerOf(directory) !== owner) {
      rmdirSync(`${directory}/broken`)
      return false
    }
    renameSync(directory, `${directory}.${process.pid}`)
    rmSync(`${directory}.${process.pid}`, { recursive: true, force: true })
    return true
  } catch {
    // Another process was quicker.
    return false
  }
}

const ownerOf = (directory: string) =>
  existsSync(`${directory}/owner`) ? readFileSync(`${directory}/owner`, 'utf8') : ''

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
