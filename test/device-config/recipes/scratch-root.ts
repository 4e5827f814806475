import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lacking } from '../../support/tools.js'

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const SYSTEMD = '/lib/systemd/systemd'

/** What this machine lacks for a scratch root; null where all is there. */
export function lackingScratchRoot(...commands: string[]): string | null {
  if (process.getuid?.() !== 0) return 'root, for a scratch root'
  return lacking('unshare', 'chroot', 'useradd', 'runuser', ...commands)
}

export const lackingSystemd = () => (existsSync(SYSTEMD) ? lacking('systemd-analyze') : 'systemd')

/** Starts a service manager of the scratch root's own, whose units are those in /etc/systemd/system. */
const MANAGER = `
mkdir -p /run/systemd/system /run/user/0 /root/.config/systemd
chmod 700 /run/user/0
rm -rf /root/.config/systemd/user
ln -s /etc/systemd/system /root/.config/systemd/user
XDG_RUNTIME_DIR=/run/user/0 HOME=/root ${SYSTEMD} --user >/dev/null 2>&1 &
manager=$!
until [ -S /run/user/0/systemd/private ]; do sleep 0.1; done
`

/** Runs a script in a copy of this machine's files, with \`folder\` as its working folder: nothing of what it does stays. */
export async function inScratchRoot(
  folder: string,
  script: string,
  { manager = false, env = {} }: { manager?: boolean; env?: Record<string, string> } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const empty = await mkdtemp(join(tmpdir(), 'scratch-'))
  const file = join(folder, '.script')
  const end = manager ? 'kill $manager; wait $manager 2>/dev/null || :' : ''
  await writeFile(file, `cd ${folder}\n${manager ? MANAGER : ''}set -e\ntrap '${end}' EXIT\n${script}\n`)
  const args = ['--mount', '--pid', '--fork', '--kill-child', 'sh', here('scratch-root.sh'), empty, file, here('bin')]
  try {
    return await new Promise((resolve) => {
      execFile(
        'unshare',
        args,
        { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8', timeout: 120_000 },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      )
    })
  } finally {
    await rm(empty, { recursive: true })
  }
}
