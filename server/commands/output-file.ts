import { closeSync, fsyncSync, lstatSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CommandEnd } from './command.js'

/** A file that is tried before anything is sent, and written at the end. */
export interface OutputFile {
  /** @throws Error if it can't be written; then no file is left */
  write(text: string): void
  /** Removes the file, unless the text was written. */
  abandon(): void
}

/**
 * Opens a file for the result that only this user can read (mode 0600). An existing file keeps its text until the new one is complete.
 * @throws CommandEnd if it exists and --force is missing, or it can't be written
 */
export function reserveOutput(path: string, force: boolean): OutputFile {
  const there = existing(path)
  if (there !== null && !force) {
    throw new CommandEnd(1, `${path} exists already.`, 'Choose another name, or overwrite it with --force.')
  }
  if (there !== null && !there.isFile())
    throw new CommandEnd(1, `${path} is not a regular file.`, 'Choose another name.')
  const target = there === null ? path : join(dirname(path), `.${basename(path)}.${process.pid}.new`)
  const file = open(target, path)
  let done = false
  return {
    write(text) {
      try {
        writeAll(file, text)
        fsyncSync(file)
        closeSync(file)
        if (target !== path) renameSync(target, path)
        done = true
      } catch (error) {
        remove(target)
        throw error
      }
    },
    abandon() {
      if (!done) remove(target)
    },
  }
}

function existing(path: string) {
  try {
    return lstatSync(path)
  } catch {
    return null
  }
}

function open(target: string, path: string): number {
  try {
    return openSync(target, 'wx', 0o600)
  } catch (error) {
    throw new CommandEnd(
      1,
      `${path} can't be written (${(error as NodeJS.ErrnoException).code}).`,
      'Choose a folder that exists and that you can write to.',
    )
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone already.
  }
}
