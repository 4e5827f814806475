import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { expect, it } from '@jest/globals'
import { describeWith, lacking, whereIs } from '../support/tools.js'
import { pause } from '../support/wait.js'
import { micropython, sketch } from './boards.js'
import { configOf, DEVICES, type Device, install, leftovers, refresh, start } from './devices.js'
import { after, oneTime, silence, startTokenEndpoint, tokens } from './token-endpoint.js'

const root = process.getuid?.() === 0

/** Where root may mount nothing (an ordinary container), a config that is mounted by itself can't be had. */
function lackingMount(): string | null {
  try {
    execFileSync('unshare', ['-m', 'mount', '--bind', '/tmp', '/tmp'], { stdio: 'ignore' })
    return null
  } catch {
    return 'the right to mount'
  }
}

async function arrived(endpoint: { received: unknown[] }, count = 1) {
  for (let waited = 0; endpoint.received.length < count && waited < 10_000; waited += 20) await pause(20)
}

for (const device of [...DEVICES, micropython, sketch]) {
  describeWith(device.missing, `${device.name}, keeping the token,`, () => {
    it.concurrent('lives on a one-time token through several runs', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
      const folder = await install(device, { token_endpoint: endpoint.url })
      for (const run of [1, 2, 3]) {
        expect(await refresh(device, folder)).toMatchObject({ code: 0, stdout: `access-${run}\n`, stderr: '' })
      }
      await endpoint.close()
      expect(await device.stored(folder)).toBe('initial-refresh-token-3')
    })

    it.concurrent('writes nothing at all where the usage is keep', async () => {
      const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
      const folder = await install(device, { token_endpoint: endpoint.url, refresh_token_usage: 'keep' })
      const config = await readFile(configOf(device, folder), 'utf8')
      expect(await refresh(device, folder)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
      await endpoint.close()
      const names = await readdir(folder)
      expect(names.filter((name) => /lock|nvs|flash/.test(name))).toEqual([])
      expect(await leftovers(device, folder)).toEqual([])
      expect(await readFile(configOf(device, folder), 'utf8')).toBe(config)
    })

    it.concurrent('does not write the config when the same token comes back', async () => {
      const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'initial-refresh-token' }))
      const folder = await install(device, { token_endpoint: endpoint.url })
      const before = await stat(configOf(device, folder))
      await refresh(device, folder)
      await endpoint.close()
      expect((await stat(configOf(device, folder))).ino).toBe(before.ino)
    })
  })

  if (!device.process) continue
  describeWith(device.missing, `${device.name}, as a process,`, () => {
    it.concurrent('keeps the mode, the owner and all else of the config', async () => {
      const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
      const folder = await install(device, { token_endpoint: endpoint.url })
      const file = configOf(device, folder)
      const config = await readFile(file, 'utf8')
      await chmod(file, 0o640)
      if (root) await chown(file, 65534, 65533)
      const before = await stat(file)
      await refresh(device, folder)
      await endpoint.close()
      const { mode, uid, gid } = await stat(file)
      expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid })
      const quoted = (await readFile(file, 'utf8')).replace(/'(second)'/, '$1')
      expect(quoted).toBe(config.replace('initial-refresh-token', 'second'))
      const locks = (await readdir(folder)).filter((name) => name.endsWith('.lock'))
      for (const lock of locks) expect((await stat(join(folder, lock))).mode & 0o777).toBe(0o600)
    })

    it.concurrent('uses up no token where it could not write the next one', async () => {
      const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
      const folder = await install(device, { token_endpoint: endpoint.url })
      if (root) await chown(configOf(device, folder), 65534, 65534)
      await chmod(folder, 0o555)
      const got = await refresh(device, folder, root ? { uid: 65534 } : {})
      await endpoint.close()
      expect(got).toMatchObject({ code: 1, stdout: '' })
      expect(got.stderr).toMatch(/can't write beside .*make the folder writable for/)
      expect(endpoint.received).toEqual([])
    })

    // busybox alone has no flock: its lock is a folder, and goes with the run
    if (root && device.command[0] !== 'busybox') {
      it.concurrent('names the lock that another user left', async () => {
        const endpoint = await startTokenEndpoint(tokens())
        const folder = await install(device, { token_endpoint: endpoint.url })
        await refresh(device, folder)
        await chown(configOf(device, folder), 65534, 65534)
        await chown(folder, 65534, 65534)
        const got = await refresh(device, folder, { uid: 65534 })
        await endpoint.close()
        expect(got).toMatchObject({ code: 1, stdout: '' })
        expect(got.stderr).toMatch(/can't open .*\.lock.*: another user made it; remove it/)
      })
    }

    it.concurrent('never sends a one-time token twice when two run at once', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token', 700))
      const folder = await install(device, { token_endpoint: endpoint.url })
      const both = await Promise.all([refresh(device, folder), refresh(device, folder)])
      await endpoint.close()
      expect(both.map(({ code }) => code)).toEqual([0, 0])
      expect(both.map(({ stdout }) => stdout).sort()).toEqual(['access-1\n', 'access-2\n'])
      expect(endpoint.received.map(({ body }) => body.get('refresh_token'))).toEqual([
        'initial-refresh-token',
        'initial-refresh-token-1',
      ])
    })

    it.concurrent('holds the old token or the new one, whenever it is killed', async () => {
      const counts = { old: 0, new: 0 }
      for (let delay = 0; delay < 60; delay += 4) {
        const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
        const folder = await install(device, { token_endpoint: endpoint.url })
        const running = start(device, folder)
        await arrived(endpoint)
        await pause(delay)
        running.process.kill('SIGKILL')
        const { stdout } = await running.done
        const stored = await device.stored(folder)
        expect(['initial-refresh-token', 'initial-refresh-token-1']).toContain(stored)
        const saved = stored === 'initial-refresh-token-1'
        if (stdout !== '') expect(saved).toBe(true)
        counts[saved ? 'new' : 'old']++
        const next = await refresh(device, folder)
        const beside = (await leftovers(device, folder)).length
        expect({ beside, codes: saved ? [0] : [0, 2] }).toEqual({
          beside: 0,
          codes: expect.arrayContaining([next.code]),
        })
        await endpoint.close()
      }
      expect(counts.old + counts.new).toBe(15)
    })

    const nextFile = async (folder: string, fields: object, change = (text: string) => text) => {
      const text = await readFile(configOf(device, await install(device, fields)), 'utf8')
      await writeFile(await newFileOf(device, folder), change(text), { mode: 0o600 })
    }

    it.concurrent('goes on with the token that a power cut left beside the config', async () => {
      const endpoint = await startTokenEndpoint(oneTime('second'))
      const folder = await install(device, { token_endpoint: endpoint.url })
      await nextFile(folder, { token_endpoint: endpoint.url, refresh_token: 'second' })
      expect(await refresh(device, folder)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
      expect(endpoint.received[0]?.body.get('refresh_token')).toBe('second')
      expect(await device.stored(folder)).toBe('second-1')
      expect(await leftovers(device, folder)).toEqual([])
    })

    it.concurrent.each([
      ['only a rehearsal', { refresh_token: 'another-initial-refresh-token' }, (text: string) => text],
      ['for another client', { refresh_token: 'second', client_id: 'other' }, (text: string) => text],
      [
        'cut in the middle of the token',
        { refresh_token: 'second' },
        (text: string) => text.slice(0, text.indexOf('ond')),
      ],
      ['empty', {}, () => ''],
    ])('keeps the token of the config where the file beside it is %s', async (_, fields, change) => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
      const folder = await install(device, { token_endpoint: endpoint.url })
      await nextFile(folder, { token_endpoint: endpoint.url, ...fields }, change)
      expect(await refresh(device, folder)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
      expect(await leftovers(device, folder)).toEqual([])
    })

    it.concurrent('takes a config that was downloaded since, and forgets what a power cut left of the old one', async () => {
      const endpoint = await startTokenEndpoint(oneTime('minted-again'))
      const folder = await install(device, { token_endpoint: endpoint.url })
      await nextFile(folder, { token_endpoint: endpoint.url, refresh_token: 'second' })
      const file = configOf(device, folder)
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace('initial-refresh-token', 'minted-again'))
      expect(await refresh(device, folder)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
      expect(await leftovers(device, folder)).toEqual([])
    })

    it.concurrent.each([
      ['SIGTERM', false],
      ['SIGHUP', true],
      ['SIGINT', true],
    ] as const)(
      'waits with %s for the answer, and keeps what came (sent to all that it started: %s)',
      async (signal, group) => {
        const endpoint = await startTokenEndpoint(after(1000, oneTime('initial-refresh-token')))
        const folder = await install(device, { token_endpoint: endpoint.url })
        const running = start(device, folder, { group })
        await arrived(endpoint)
        process.kill((running.process.pid ?? 0) * (group ? -1 : 1), signal)
        const { code, stdout } = await running.done
        await endpoint.close()
        expect(code).toBe({ SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal])
        expect(stdout).toBe('')
        expect(await device.stored(folder)).toBe('initial-refresh-token-1')
        expect(await leftovers(device, folder)).toEqual([])
      },
    )

    it.concurrent('stops at once on a signal between two tries, and leaves nothing behind', async () => {
      const endpoint = await startTokenEndpoint((response) => response.writeHead(429, { 'retry-after': '60' }).end())
      const folder = await install(device, { token_endpoint: endpoint.url })
      const running = start(device, folder)
      await arrived(endpoint)
      await pause(500)
      running.process.kill('SIGTERM')
      const began = Date.now()
      expect(await running.done).toMatchObject({ code: 143, stdout: '' })
      expect(Date.now() - began).toBeLessThan(30_000)
      await endpoint.close()
      expect(await leftovers(device, folder)).toEqual([])
    })

    it.concurrent('says so when another run stays busy', async () => {
      const endpoint = await startTokenEndpoint(silence)
      const folder = await install(device, { token_endpoint: endpoint.url })
      const first = start(device, folder, { env: { REFRESH_TIMEOUT: '90' } })
      await arrived(endpoint)
      const second = await refresh(device, folder, { env: { REFRESH_TIMEOUT: '1', REFRESH_TRIES: '2' } })
      first.process.kill('SIGKILL')
      await endpoint.close()
      expect(second).toMatchObject({ code: 3, stdout: '' })
      expect(second.stderr).toMatch(/another run is still busy/)
      expect(endpoint.received).toHaveLength(1)
    })

    it.concurrent('shows nothing secret to who lists the processes', async () => {
      const secrets = [randomUUID(), randomUUID()]
      const [client_secret = '', refresh_token = ''] = secrets
      let looked = () => {}
      const held = new Promise<void>((resolve) => {
        looked = resolve
      })
      const answer = tokens({ refresh_token: `new-${refresh_token}` })
      const endpoint = await startTokenEndpoint((...request) => held.then(() => answer(...request)))
      const folder = await install(device, { token_endpoint: endpoint.url, client_secret, refresh_token })
      const log = await spyOnArguments(folder)
      const running = start(device, folder, { env: { PATH: `${join(folder, 'spied')}:${process.env.PATH}` } })
      await arrived(endpoint)
      const seen = await allArguments()
      looked()
      expect((await running.done).code).toBe(0)
      await endpoint.close()
      expect(seen).toContain(basename(device.command.at(-1) ?? ''))
      const all = seen + (await readFile(log, 'utf8'))
      for (const secret of secrets) expect(all).not.toContain(secret)
    })
  })

  describeWith(
    device.missing ?? lacking('unshare', 'mount') ?? lackingMount(),
    `${device.name}, in a container,`,
    () => {
      it.concurrent('writes into a config that is mounted by itself, and warns', async () => {
        const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
        const folder = await install(device, { token_endpoint: endpoint.url })
        const file = basename(configOf(device, folder))
        const mounted = {
          ...device,
          command: ['unshare', '-m', 'sh', '-c', `mount --bind ${file} ${file} && "$@"`, 'sh', ...device.command],
        }
        const got = await refresh(mounted, folder)
        expect(got).toMatchObject({ code: 0, stdout: 'access-1\n' })
        expect(got.stderr).toMatch(/warning: .*mount its folder instead/)
        expect(await device.stored(folder)).toBe('initial-refresh-token-1')
        await endpoint.close()
      })
    },
  )
}

/** The file that the program writes before it replaces the config: a run that is killed leaves it. */
async function newFileOf(device: Device, folder: string): Promise<string> {
  const endpoint = await startTokenEndpoint(silence)
  const other = await install(device, { token_endpoint: endpoint.url })
  const running = start(device, other, { group: true })
  await arrived(endpoint)
  process.kill(-(running.process.pid ?? 0), 'SIGKILL')
  await running.done
  const left = (await leftovers(device, other)).find((name) => name.includes('.new-')) ?? ''
  await endpoint.close()
  return join(folder, left)
}

/** Commands that a shell starts are gone before anybody can look: these write down their arguments first. */
async function spyOnArguments(folder: string): Promise<string> {
  const log = join(folder, 'spied', 'log')
  await mkdir(join(folder, 'spied'))
  await writeFile(log, '')
  for (const command of ['awk', 'sed', 'curl', 'find', 'head', 'sync', 'cp', 'mv', 'rm', 'flock', 'sleep', 'cat']) {
    const real = whereIs(command)
    if (real === null) continue
    const spy = `#!/bin/sh\nprintf '%s\\n' "$0 $*" >>${log}\nexec ${real} "$@"\n`
    await writeFile(join(folder, 'spied', command), spy, { mode: 0o755 })
  }
  return log
}

async function allArguments(): Promise<string> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return all.join('\n').replaceAll('\0', ' ')
}

const withoutFlock = DEVICES.filter(({ name }) => /dash|Node/.test(name))

for (const device of withoutFlock) {
  describeWith(device.missing, `${device.name}, where there is no flock,`, () => {
    /** A PATH with all that the program needs but flock. */
    async function environment(folder: string): Promise<Record<string, string>> {
      await mkdir(join(folder, 'commands'))
      const needed = [
        'awk',
        'sed',
        'curl',
        'find',
        'head',
        'sync',
        'cp',
        'mv',
        'rm',
        'rmdir',
        'mkdir',
        'sleep',
        'cat',
        'date',
        'dirname',
        'grep',
        'id',
        'readlink',
        'tail',
      ]
      for (const command of needed) {
        const real = whereIs(command)
        if (real !== null) await symlink(real, join(folder, 'commands', command))
      }
      return { PATH: join(folder, 'commands') }
    }
    const [command = '', ...args] = device.command
    const here = { ...device, command: [isAbsolute(command) ? command : (whereIs(command) ?? ''), ...args] }

    it.concurrent('never sends a one-time token twice when three run at once', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token', 300))
      const folder = await install(device, { token_endpoint: endpoint.url })
      const env = await environment(folder)
      const all = await Promise.all([1, 2, 3].map(() => refresh(here, folder, { env })))
      await endpoint.close()
      expect(all.map(({ code }) => code)).toEqual([0, 0, 0])
      expect(await device.stored(folder)).toBe('initial-refresh-token-3')
      expect((await leftovers(device, folder)).filter((name) => name !== 'commands')).toEqual([])
    })

    it.concurrent.each([
      ['whose owner is gone', '4194304 300'],
      ['that stays the same for longer than its owner said', `${process.pid} 3`],
    ])('takes away a lock %s, once, though two try, whatever the clock says', async (_, owner) => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token', 300))
      const folder = await install(device, { token_endpoint: endpoint.url })
      const env = await environment(folder)
      const lock = `${configOf(device, folder)}.lock.d`
      await mkdir(lock)
      await writeFile(join(lock, 'owner'), owner)
      const then = Date.now() / 1000 + 86_400
      await utimes(lock, then, then)
      const both = await Promise.all([1, 2].map(() => refresh(here, folder, { env })))
      await endpoint.close()
      expect(both.map(({ code }) => code)).toEqual([0, 0])
      expect(await device.stored(folder)).toBe('initial-refresh-token-2')
    })
  })
}
