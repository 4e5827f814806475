import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { describeWith, lacking, whereIs } from '../support/tools.js'
import { DEVICES, type Device, here, install, refresh, start } from './devices.js'
import { lackingMount, TROUBLES } from './matrix/troubles.js'
import { oneTime, startTokenEndpoint } from './token-endpoint.js'

/** The programs for a computer; those for boards have a matrix of their own. */
const PROGRAMS = ['refresh.sh in dash', 'refresh.py in Python', 'refresh.mjs in Node'].map(
  (name) => DEVICES.find((device) => device.name === name) as Device,
)
const HEADINGS = PROGRAMS.map(({ name }) => `\`${name.replace(/ in .*/, '')}\``)
const TABLE = new URL('../../docs/device-programs.md', import.meta.url)
const rows = new Map<string, string[]>()

const missing = PROGRAMS.map((device) => device.missing).find((tool) => tool !== null) ?? null

for (const trouble of TROUBLES) {
  const lacks = lacking(...(trouble.needs ?? [])) ?? (trouble.needs?.includes('mount') ? lackingMount() : null)
  describeWith(missing ?? lacks, `${trouble.name}, with a one-time token,`, () => {
    it.concurrent(`ends with exit code ${trouble.code}, and every program lives on`, async () => {
      const told = await Promise.all(PROGRAMS.map((device) => trouble.meet(device)))
      rows.set(
        trouble.name,
        told.map(({ first, next }) => `${first.code}, then ${next.code}`),
      )
      for (const { first, next } of told) {
        expect(first).toMatchObject({
          code: trouble.code,
          stdout: trouble.code === 0 ? expect.stringMatching(/^access-/) : '',
        })
        expect(first.stderr).toMatch(trouble.says)
        expect(next).toMatchObject({ code: 0, stdout: expect.stringMatching(/^access-\d\n$/) })
      }
    }, 150_000)
  })
}

/** How each program is ended at a change of the disk that is counted to. */
const CUTS: Record<string, (folder: string, count: number) => Promise<Record<string, string>>> = {
  curl: cutShell,
  python: async (_, count) => ({ PYTHONPATH: join(here, 'matrix'), POWER_CUT: String(count) }),
  node: async (_, count) => ({ NODE_OPTIONS: `--require ${join(here, 'matrix/cut.cjs')}`, POWER_CUT: String(count) }),
}

/** A shell changes the disk by these commands. */
async function cutShell(folder: string, count: number): Promise<Record<string, string>> {
  const [cuts, real] = [join(folder, 'cuts'), join(folder, 'real')]
  await Promise.all([mkdir(cuts), mkdir(real)])
  for (const command of ['chown', 'cp', 'cat', 'sync', 'mv', 'rm']) {
    await symlink(whereIs(command) as string, join(real, command))
    await writeFile(join(cuts, command), await readFile(join(here, 'matrix/cut.sh')))
    await chmod(join(cuts, command), 0o755)
  }
  return {
    PATH: `${cuts}:${process.env.PATH}`,
    POWER_CUT: String(count),
    POWER_CUTS: join(folder, 'count'),
    POWER_REAL: real,
  }
}

describeWith(missing, 'a power cut', () => {
  it.concurrent.each(PROGRAMS.map((device) => [device.name, device] as const))(
    'at each step of %s leaves a whole config, and costs the token only between the answer and its storing',
    async (_, device) => {
      const steps: Cut[] = []
      let whole = false
      for (let count = 0; !whole; count += 4) {
        const cuts = await Promise.all([0, 1, 2, 3].map((further) => cutAt(device, count + further)))
        steps.push(...cuts.filter(({ cut }) => cut))
        whole = cuts.some(({ cut }) => !cut)
      }
      expect(steps.length).toBeGreaterThan(5)
      for (const { sent, stored, next } of steps) {
        expect(['initial-refresh-token', 'initial-refresh-token-1']).toContain(stored)
        const mayBeLost = sent && stored === 'initial-refresh-token'
        expect({ sent, stored, next }).toEqual({ sent, stored, next: mayBeLost ? expect.anything() : 0 })
      }
      const adopted = steps.filter(({ sent, stored, next }) => sent && stored === 'initial-refresh-token' && next === 0)
      expect(adopted.length).toBeGreaterThan(0)
      expect(steps.filter(({ next }) => next !== 0).map(({ next }) => next)).toEqual(expect.arrayContaining([2]))
      expect(steps.some(({ sent }) => !sent)).toBe(true)
      expect(steps.some(({ stored }) => stored === 'initial-refresh-token-1')).toBe(true)
      const alive = steps.filter(({ next }) => next === 0).length
      const row = rows.get('a power cut at each step') ?? []
      row[PROGRAMS.indexOf(device)] = `${alive} of ${steps.length} steps`
      rows.set('a power cut at each step', row)
    },
    150_000,
  )
})

type Cut = Awaited<ReturnType<typeof cutAt>>

async function cutAt(device: Device, count: number) {
  const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
  const folder = await install(device, { token_endpoint: endpoint.url })
  const env = (await CUTS[device.program]?.(folder, count)) ?? {}
  const { code, stdout } = await start(device, folder, { env, group: true }).done
  const [sent, stored] = [endpoint.received.length > 0, await device.stored(folder)]
  const next = await refresh(device, folder)
  return { cut: code !== 0, printed: stdout !== '', sent, stored, next: next.code }
}

describe('the table in docs/device-programs.md', () => {
  it('shows what was seen', async () => {
    const found = [...rows]
      .sort(([a], [b]) => order(a) - order(b))
      .map(([name, cells]) => `| ${[name, ...cells].join(' | ')} |`)
    const page = await readFile(TABLE, 'utf8')
    const head = [`| first | ${HEADINGS.join(' | ')} |`, `| --- |${' --- |'.repeat(HEADINGS.length)}`]
    const [before, after] = [page.slice(0, page.indexOf('<!-- matrix -->')), page.slice(page.indexOf('<!-- end -->'))]
    if (process.env.WRITE_TABLE) {
      await writeFile(TABLE, `${before}<!-- matrix -->\n\n${[...head, ...found].join('\n')}\n\n${after}`)
    }
    const written = (await readFile(TABLE, 'utf8')).replace(/ +/g, ' ')
    expect(found.filter((row) => !written.includes(row))).toEqual([])
  })
})

const order = (name: string) => {
  const at = TROUBLES.findIndex((trouble) => trouble.name === name)
  return at === -1 ? TROUBLES.length : at
}
