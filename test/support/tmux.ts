import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { closeLater } from './closing.js'
import { MAIN, temporaryFolder } from './command.js'
import { until } from './wait.js'

/** A terminal as people have it, with a shell in an empty folder that knows the command `offline-token-mint`. */
export function startTmux(env: Record<string, string>) {
  const folder = temporaryFolder()
  const home = temporaryFolder()
  const programs = join(home, 'bin')
  mkdirSync(programs)
  // Like npm: a link to the file, which npm also makes executable.
  const link = join(home, 'offline-token-mint')
  symlinkSync(MAIN, link)
  writeFileSync(join(programs, 'offline-token-mint'), `#!/bin/sh\nexec node '${link}' "$@"\n`, { mode: 0o755 })
  const name = `terminal-${randomBytes(4).toString('hex')}`
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', name, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    })
  const path = [programs, dirname(process.execPath), '/usr/bin', '/bin'].join(':')
  const settings = Object.entries({ ...env, PATH: path, HOME: home, PS1: '$ ', LC_ALL: 'C.UTF-8', TERM: 'screen' })
  const shell = ['env', '-i', ...settings.map(([key, value]) => `${key}=${value}`), 'sh']
  tmux('new-session', '-d', '-x', '120', '-y', '200', '-c', folder, ...shell)
  closeLater(() => tmux('kill-server'))
  const screen = () => tmux('capture-pane', '-p', '-J').trimEnd()
  return {
    folder,
    screen,
    /** Types a line, and Enter. */
    type(line: string) {
      tmux('set-buffer', '--', line)
      tmux('paste-buffer', '-p')
      tmux('send-keys', 'Enter')
    },
    keys: (...names: string[]) => void tmux('send-keys', ...names),
    clear: () => void tmux('send-keys', '-R', 'C-l'),
    /** What is on the screen once this is. */
    async until(pattern: RegExp): Promise<RegExpExecArray> {
      let found: RegExpExecArray | null = null
      await until(`${pattern} is on the screen`, () => {
        found = pattern.exec(screen())
        return found !== null
      })
      return found as unknown as RegExpExecArray
    },
  }
}

export type Tmux = ReturnType<typeof startTmux>
