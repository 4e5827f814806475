import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { MICROPYTHON } from '../../programs/boards.js'
import { type RunningApp, startApp } from '../../support/app.js'
import { describeWith, lacking } from '../../support/tools.js'
import { Visitor } from '../../support/visitor.js'
import { until } from '../../support/wait.js'
import { run, VENV } from '../readers/reader.js'
import { format } from '../values.js'
import { type Api, startApi } from './api.js'
import { type RecipePage, recipePage } from './recipe-page.js'

jest.setTimeout(120_000)

const PYTHON = join(VENV, 'python')
const ESPTOOL = join(VENV, 'esptool')

let app: RunningApp
let api: Api
beforeAll(async () => {
  ;[app, api] = await Promise.all([startApp(), startApi()])
})
afterAll(async () => {
  await app.close()
  await api.close()
})

async function recipeOf(place: string, ...files: string[]): Promise<RecipePage> {
  const visitor = new Visitor(app)
  await visitor.signIn('rotating', 'demo')
  await visitor.post('/auth/prove')
  return recipePage(visitor, place, files)
}

/** Runs a recipe's commands in the folder of the downloads. */
const inShell = ({ folder }: RecipePage, script: string, PATH = process.env.PATH) =>
  new Promise<string>((resolve, reject) =>
    execFile('sh', ['-ec', script], { cwd: folder, env: { ...process.env, PATH } }, (error, stdout, stderr) =>
      error ? reject(new Error(`${script}: ${stdout}${stderr}`)) : resolve(stdout),
    ),
  )

describeWith(lacking(MICROPYTHON), 'the recipe for MicroPython, on its port for Unix', () => {
  it('has a main.py that calls the API, and stores the token that came back', async () => {
    const page = await recipeOf('python-board', 'json', 'micropython-program')
    await inShell(page, (page.code['step-1-code-1'] ?? '').replace(/^openssl.*$/m, ''))
    const config = () => JSON.parse(readFileSync(join(page.folder, 'config.json'), 'utf8'))
    const { refresh_token } = config()
    await writeFile(join(page.folder, 'main.py'), api.in(page.code['step-3-code-1'] ?? ''))
    const board = spawn(MICROPYTHON, ['main.py'], { cwd: page.folder, stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    board.stdout.on('data', (text) => {
      printed += text
    })
    try {
      await until('main.py prints what the API answered', () => printed.includes('200 {"value":21.5}'))
    } finally {
      board.kill()
    }
    expect(api.tokens.at(-1)).toMatch(/^eyJ/)
    expect(config().refresh_token).not.toBe(refresh_token)
  })

  it('stops when the token is dead', async () => {
    const page = await recipeOf('python-board', 'json', 'micropython-program')
    const file = join(page.folder, 'config.json')
    const config = JSON.parse(readFileSync(file, 'utf8'))
    await writeFile(file, JSON.stringify({ ...config, refresh_token: 'dead' }))
    await writeFile(join(page.folder, 'main.py'), api.in(page.code['step-3-code-1'] ?? ''))
    expect(await inShell(page, `${MICROPYTHON} main.py`)).toMatch(/invalid_grant/)
  })
})

describeWith(lacking('openssl'), 'the command that shows who issued a certificate', () => {
  it('asks the token endpoint at its port', async () => {
    const page = await recipeOf('python-board')
    expect(page.code['step-1-code-1']).toContain(`openssl s_client -connect localhost:${app.port} `)
  })
})

describeWith(lacking('g++'), 'the recipe for ESP32', () => {
  it('puts the header and the network into the folder of the sketch', async () => {
    const page = await recipeOf('esp32', 'arduino', 'arduino-program')
    await inShell(page, page.step(1))
    const header = readFileSync(join(page.folder, 'refresh/arduino_secrets.h'), 'utf8')
    expect(format('arduino').parse(header)).toMatchObject({
      SECRET_OAUTH2_REFRESH_TOKEN: expect.stringMatching(/^eyJ/),
    })
    await inShell(
      page,
      `g++ -fsyntax-only -x c++ -include refresh/arduino_secrets.h - <<'end'
const char *network[] = {SECRET_SSID, SECRET_PASS};
end`,
    )
    expect(existsSync(join(page.folder, 'refresh/refresh.ino'))).toBe(true)
  })
})

const generator = lacking(PYTHON, ESPTOOL) && 'esp-idf-nvs-partition-gen'
describeWith(generator, 'the partition for ESP-IDF', () => {
  it('is built by the command of the recipe, in the size that the usual partition table has', async () => {
    const page = await recipeOf('esp32', 'nvs')
    const [, generate = '', flash = '', remove = ''] = (page.code['way-1-1-code-1'] ?? '').split('\n')
    await inShell(page, generate, `${VENV}:${process.env.PATH}`)
    expect(readFileSync(join(page.folder, 'nvs.bin'))).toHaveLength(0x5000)
    // Without a board: what esptool takes.
    const [, command, ...words] = flash.split(' ').filter((word) => !word.startsWith('/dev') && word !== '--port')
    expect([command, ...words]).toEqual(['write-flash', '0x9000', 'nvs.bin'])
    expect(await run(ESPTOOL, ['write-flash', '--help'])).toContain('<address> <filename>')
    await inShell(page, remove)
    expect(existsSync(join(page.folder, 'nvs.bin'))).toBe(false)
  })
})
