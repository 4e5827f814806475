import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { startProcess } from '../support/site.js'
import { Visitor } from '../support/visitor.js'
import { pause } from '../support/wait.js'

const JSON_PLEASE = { accept: 'application/json' }

/** Waits until a heap snapshot is complete: Node collects garbage first. */
async function snapshot(folder: string, pid: number): Promise<string> {
  const before = (await readdir(folder)).length
  process.kill(pid, 'SIGUSR2')
  for (;;) {
    await pause(100)
    const files = (await readdir(folder)).sort()
    const text = files.length > before ? await readFile(join(folder, files.at(-1) as string), 'latin1') : ''
    if (text.trimEnd().endsWith(']}')) return text
  }
}

it('J16 keeps no token of a session that has ended on the heap', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heap-'))
  const provider = await startFaultyProvider()
  const NODE_OPTIONS = `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder}`
  const app = await startProcess({ ...provider.env, NODE_OPTIONS })
  const url = `http://localhost:${app.port}`
  const pid = app.process.pid as number
  const staying = new Visitor({ url })
  await staying.signIn('', '')
  const kept = (await staying.get('/profile', JSON_PLEASE)).json.refresh_token
  const ended: string[] = []
  for (let session = 0; session < 5; session += 1) {
    const visitor = new Visitor({ url })
    await visitor.signIn('', '')
    await visitor.post('/auth/refresh', {}, JSON_PLEASE)
    await visitor.post('/auth/prove', {}, JSON_PLEASE)
    await visitor.get('/profile/device-config/json')
    const { json } = await visitor.get('/profile', JSON_PLEASE)
    ended.push(json.access_token, json.refresh_token)
    if (session % 2 === 0) await visitor.post('/auth/logout')
    else await visitor.post('/auth/forget')
  }
  // What the last answers were made in is used again by others.
  for (let more = 0; more < 30; more += 1) await new Visitor({ url }).get('/')
  await staying.post('/auth/refresh', {}, JSON_PLEASE)
  await snapshot(folder, pid)
  const heap = await snapshot(folder, pid)
  expect(ended).toHaveLength(10)
  expect(ended.filter((token) => heap.includes(token))).toEqual([])
  // Sealed as well, until somebody asks: and the search finds what is there.
  expect(heap).toContain(provider.clientSecret)
  expect(kept).not.toBeNull()
  await app.end('SIGKILL')
  await provider.stop()
  await rm(folder, { recursive: true })
}, 90_000)
