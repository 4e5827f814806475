import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { flood } from '../support/flood.js'
import { freePort } from '../support/free-port.js'

/**
 * J10: another site's pages, and programs without a cookie, begin 80,000 sign-ins at a site on a person's own machine, which limits
 * no rates. The memory of its process grows by 20 MiB at most. Run it after a build; it ends with 1 when it does not hold.
 */
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const TIMES = 40_000
const MIB_AT_MOST = 20

const port = await freePort()
const app = spawn(process.execPath, [MAIN], {
  env: { PATH: process.env.PATH ?? '', PORT: String(port), LOG_LEVEL: 'fatal' },
  stdio: 'ignore',
})

/** Memory that the kernel gave to the process, in MiB. */
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${app.pid}/status`, 'utf8'))?.[1]) / 1024

const target = { port, host: `localhost:${port}`, path: '/auth/oauth2' }
const fromElsewhere = {
  'Sec-Fetch-Site': 'cross-site',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
}

try {
  while (!(await fetch(`http://localhost:${port}/readyz`).catch(() => null))?.ok) await pause(100)
  // Code is compiled, and the heap finds its size.
  await flood(target, 20_000)
  const before = memory()
  const answers = [await flood(target, TIMES), await flood({ ...target, headers: fromElsewhere }, TIMES)]
  await pause(2_000)
  const grown = memory() - before
  console.log(
    `${2 * TIMES} sign-ins: ${JSON.stringify(answers)}; from ${before.toFixed(1)} MiB by ${grown.toFixed(1)} MiB`,
  )
  if (grown > MIB_AT_MOST) process.exitCode = 1
} finally {
  app.kill('SIGKILL')
}
