import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lacking } from '../../support/tools.js'
import { pause } from '../../support/wait.js'
import { fromEnvironment, type Reader, versionOf } from './reader.js'

const SYSTEMD = '/lib/systemd/systemd'
/** systemd starts only where it finds this folder, the sign of a system that was booted with it. */
const BOOTED = '/run/systemd/system'

/** A manager of our own, a unit a file. */
export const systemd: Reader = {
  name: 'systemd --user',
  formats: ['systemd'],
  missing() {
    return lacking(SYSTEMD) ?? (process.getuid?.() === 0 ? null : 'root, for a systemd --user of its own')
  },
  version: () => versionOf(SYSTEMD, '--version'),
  async read(files) {
    const home = await mkdtemp(join(tmpdir(), 'systemd-'))
    const made = await mkdir(BOOTED, { recursive: true })
    try {
      await writeUnits(home, files)
      await runManager(home, join(home, 'done'))
      return await Promise.all(
        files.map(async (_, i) => fromEnvironment(await readFile(join(home, `${i}.out`), 'utf8'))),
      )
    } finally {
      if (made !== undefined) await rm(made, { recursive: true })
      await rm(home, { recursive: true })
    }
  },
}

async function writeUnits(home: string, files: readonly string[]): Promise<void> {
  const folder = join(home, 'systemd/user')
  await mkdir(folder, { recursive: true })
  const units = files.map((_, i) => `read-${i}.service`)
  for (const [i, file] of files.entries()) {
    await writeFile(
      join(folder, `read-${i}.service`),
      `[Service]\nType=oneshot\nEnvironmentFile=${file}\nExecStart=/usr/bin/env -0\nStandardOutput=file:${home}/${i}.out\n`,
    )
  }
  await writeFile(
    join(folder, 'default.target'),
    `[Unit]\nWants=${units.join(' ')}\nAfter=${units.join(' ')}\nWants=done.service\n`,
  )
  await writeFile(
    join(folder, 'done.service'),
    `[Unit]\nAfter=${units.join(' ')}\n[Service]\nType=oneshot\nExecStart=/usr/bin/touch ${home}/done\n`,
  )
}

async function runManager(home: string, done: string): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_RUNTIME_DIR: home }
  const manager = spawn(SYSTEMD, ['--user'], { env, stdio: 'ignore' })
  const ended = once(manager, 'exit')
  try {
    const deadline = Date.now() + 60_000
    while (!existsSync(done)) {
      if (manager.exitCode !== null || Date.now() > deadline) throw new Error('systemd --user did not run the units')
      await pause(50)
    }
  } finally {
    manager.kill('SIGTERM')
    await ended
  }
}
