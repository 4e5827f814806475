// `npm run dev`: builds on every change in server/, and restarts the site when the build, a view or a setting has changed.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, watch } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const COMPILER = 'node_modules/typescript/bin/tsc'
const SITE = 'dist/main.js'

/** A build writes many files. Wait this long after the last one, in milliseconds. */
const SETTLES_IN = 200

const run = (/** @type {string[]} */ ...args) => spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })

/** @type {import('node:child_process').ChildProcess | null} */
let site = null
/** @type {NodeJS.Timeout | undefined} */
let timer

function restart() {
  clearTimeout(timer)
  timer = setTimeout(() => {
    if (site === null) start()
    // SIGKILL, because the site takes a second to say goodbye to a load balancer that isn't here.
    else site.kill('SIGKILL')
  }, SETTLES_IN)
}

function start() {
  if (!existsSync(`${ROOT}${SITE}`)) return
  const started = run(SITE)
  site = started
  started.once('exit', (_code, signal) => {
    site = null
    if (signal === 'SIGKILL') start()
    else console.log('\nThe site has ended. It starts again after the next change.')
  })
}

mkdirSync(`${ROOT}dist`, { recursive: true })
for (const folder of ['dist', 'views', 'public']) {
  watch(`${ROOT}${folder}`, { recursive: true }, (_event, file) => {
    if (!file?.endsWith('.tsbuildinfo')) restart()
  })
}
watch(ROOT, (_event, file) => {
  if (file === '.env') restart()
})

const compiler = run(COMPILER, '-p', 'server', '--watch', '--preserveWatchOutput')
compiler.once('exit', (code) => process.exit(code ?? 1))
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(0))
process.once('exit', () => {
  compiler.kill()
  site?.kill('SIGKILL')
})
restart()
