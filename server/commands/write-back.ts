import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Entries } from '../tokens/entries.js'
import { CommandEnd } from './command.js'
import { readConfigFile, withToken } from './config-file.js'
import { giveToOwnerOf } from './config-lock.js'
import { nextTokenFile, REHEARSED, removeNextTokens } from './next-token-file.js'

/** Writes each new refresh token into the config as soon as the provider has given it. */
export interface WriteBack {
  /** The entries. Saving one also writes the file. */
  around(entries: Entries): Entries
  /** Tries to write before anything is sent. @throws CommandEnd */
  rehearse(): void
  /** Why the file still has an older token; null when it has the current one. */
  readonly problem: string | null
  /** Whether the file was changed. */
  readonly written: boolean
}

export function createWriteBack(file: string, token: string): WriteBack {
  let current = token
  let problem: string | null = null
  let written = false

  function write(next: string): void {
    try {
      const config = readConfigFile(readFileSync(file, 'utf8'))
      const text = config && withToken(config, next)
      if (!config || !text) throw new Error('its token is missing')
      replaceFile(file, nextTokenFile(file, config), text)
      current = next
      written = true
      problem = null
    } catch (error) {
      problem = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    }
  }

  return {
    around: (entries) => ({
      ...entries,
      async save(stored, entry) {
        if (entry.refresh_token !== null && entry.refresh_token !== current) write(entry.refresh_token)
        return entries.save(stored, entry)
      },
    }),
    rehearse() {
      const config = readConfigFile(readFileSync(file, 'utf8'))
      const text = config && withToken(config, REHEARSED + token)
      if (!config || !text) {
        throw new CommandEnd(
          1,
          `This command can't write a new token into ${file} without changing other parts of the file.`,
        )
      }
      const beside = nextTokenFile(file, config)
      try {
        removeNextTokens(file)
        writeBeside(file, beside, text)
      } catch (error) {
        throw new CommandEnd(
          1,
          `${file} can't be replaced (${(error as NodeJS.ErrnoException).code}), and the test may bring a token to store.`,
          'Make its folder writable for this user, or free some space.',
        )
      } finally {
        removeQuietly(beside)
      }
    },
    get problem() {
      return problem
    },
    get written() {
      return written
    },
  }
}

/** Writes the new text to the disk completely, then replaces the old file. */
function replaceFile(file: string, beside: string, text: string): void {
  writeBeside(file, beside, text)
  try {
    renameSync(beside, file)
  } catch (error) {
    // A single file that is mounted into a container can't be replaced.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error
    writeFileSync(file, text, { flush: true })
    removeQuietly(beside)
  }
  syncFolder(dirname(file))
}

function writeBeside(file: string, beside: string, text: string): void {
  removeQuietly(beside)
  const opened = openSync(beside, 'wx', 0o600)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(opened, bytes, at)
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
  giveToOwnerOf(file, beside)
  chmodSync(beside, statSync(file).mode & 0o7777)
}

function removeQuietly(path: string): void {
  try {
    rmSync(path)
  } catch {
    // It is missing, or it is not ours.
  }
}

function syncFolder(folder: string): void {
  try {
    const opened = openSync(folder, 'r')
    fsyncSync(opened)
    closeSync(opened)
  } catch {
    // Windows can't open folders.
  }
}
