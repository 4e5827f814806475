import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What each key does. */
export type Keys = Record<string, () => void>

/**
 * Listens for single keys on a terminal that is ours. Ctrl+C and Ctrl+Z go on doing what they always do. A process in the background
 * must leave the terminal alone, or the kernel stops it.
 * @returns whether it listens
 */
export function listenForKeys(process: NodeJS.Process, keys: Keys): boolean {
  const { stdin } = process
  if (!stdin.isTTY || !isForeground(process)) return false
  const begin = () => {
    stdin.setRawMode(true)
    stdin.resume()
    stdin.unref()
  }
  stdin.setEncoding('utf8')
  stdin.on('error', () => {})
  stdin.on('data', (text: string) => {
    for (const key of text) {
      if (key === '\u0003') process.kill(process.pid, 'SIGINT')
      else if (key === '\u001a' && process.platform !== 'win32') suspend(process, begin)
      else keys[key.toLowerCase()]?.()
    }
  })
  begin()
  return true
}

/** Gives the terminal back, stops, and takes the terminal again when the shell brings us to the foreground. */
function suspend(process: NodeJS.Process, begin: () => void): void {
  process.stdin.setRawMode(false)
  process.stdin.pause()
  process.once('SIGCONT', () => isForeground(process) && begin())
  process.kill(process.pid, 'SIGTSTP')
}

/** Whether our process group owns the terminal, where the system says so (proc(5): pgrp and tpgid). */
function isForeground({ platform }: NodeJS.Process): boolean {
  if (platform === 'win32') return true
  const [group, foreground] = platform === 'linux' ? groupsOnLinux() : groupsByPs()
  return group !== undefined && group === foreground
}

function groupsOnLinux(): (string | undefined)[] {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return [group, foreground]
}

function groupsByPs(): string[] {
  const { stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' })
  return (stdout ?? '').trim().split(/\s+/)
}
