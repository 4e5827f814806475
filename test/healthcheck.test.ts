import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from './support/app.js'
import { freePort } from './support/free-port.js'
import { describeWith } from './support/tools.js'

const HEALTHCHECK = fileURLToPath(new URL('../dist/healthcheck.js', import.meta.url))

describeWith(existsSync(HEALTHCHECK) ? null : 'npm run build', "the container's health", () => {
  let folder: string
  let app: RunningApp
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offline-token-mint-health-'))
    app = await startApp()
  })
  afterAll(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })

  /** @returns exit code, and what it said */
  const check = (env: Record<string, string>) =>
    new Promise((resolve) => {
      execFile(process.execPath, [HEALTHCHECK], { env, cwd: folder }, (error, _out, err) =>
        resolve([error?.code ?? 0, err]),
      )
    })

  it('is told from the settings of the environment', async () => {
    expect(await check({ PORT: String(app.port) })).toEqual([0, ''])
    expect(await check({ PORT: String(await freePort()) })).toEqual([1, expect.stringContaining('ECONNREFUSED')])
  })

  it('is told from the same .env as the app reads', async () => {
    await writeFile(join(folder, '.env'), `PORT=${app.port}\n`)
    expect(await check({})).toEqual([0, ''])
  })
})
