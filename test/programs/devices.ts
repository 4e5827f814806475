import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, symlinkSync } from 'node:fs'
import { appendFile, chmod, copyFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { jest } from '@jest/globals'
import type { DeviceConfigFields } from '../../server/device-config/fields.js'
import { FORMATS, writeDeviceConfig } from '../../server/device-config/formats.js'
import { PROGRAMS, readProgram } from '../../server/device-config/programs.js'
import { lacking } from '../support/tools.js'

/** A program and something that runs it, as it would be on a device. */
export interface Device {
  name: string
  /** Id in PROGRAMS. */
  program: string
  /** The tool that this machine lacks for it; null when all are there. */
  missing: string | null
  /** A process of its own, that can be killed, signalled and run twice at once. */
  process: boolean
  /** The command that runs it, in the folder of the program. */
  command: string[]
  env?: Record<string, string>
  /** Files that this device needs further, from the folder of the tests. */
  files?: string[]
  /** Id of the format whose file it reads, where that is not the program's own. */
  reads?: string
  /** The config is compiled in, with these lines added to it as a user would. */
  compiled?: string
  /** What it always says on this machine. */
  noise?: RegExp
  /** What is done with the files after they were copied. */
  flash?(folder: string): Promise<void>
  /** The refresh token that it would send next. */
  stored(folder: string): Promise<string>
}

// The programs wait for real, and a busy machine takes its time to compile the sketch.
jest.setTimeout(60_000)

const run = promisify(execFile)
export const here = fileURLToPath(new URL('.', import.meta.url))

const storedByShell =
  (...shell: string[]) =>
  async (folder: string) => {
    const [command = '', ...args] = shell
    const script = '. ./device.sh && printf %s "$OAUTH2_REFRESH_TOKEN"'
    return (await run(command, [...args, '-c', script], { cwd: folder })).stdout
  }

export const storedInJson = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')).refresh_token as string

/** Where there is busybox and curl and nothing else, as in OpenWrt: a folder of its commands. */
function busyboxAlone(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'busybox-'))
  chmodSync(folder, 0o755)
  execFileSync('busybox', ['--install', '-s', folder])
  for (const command of ['busybox', 'curl']) {
    symlinkSync(execFileSync('which', [command], { encoding: 'utf8' }).trim(), join(folder, command))
  }
  return { PATH: folder }
}

const shell = (...command: string[]): Device => ({
  name: `refresh.sh in ${command.join(' ')}`,
  program: 'curl',
  missing: lacking(command[0] ?? '', 'curl'),
  process: true,
  env: command[0] === 'busybox' && lacking('busybox', 'curl') === null ? busyboxAlone() : {},
  command: [...command, 'refresh.sh'],
  stored: storedByShell(...command),
})

export const DEVICES: readonly Device[] = [
  shell('dash'),
  shell('bash'),
  shell('busybox', 'sh'),
  {
    name: 'refresh.py in Python',
    program: 'python',
    missing: lacking('python3'),
    process: true,
    command: ['python3', 'refresh.py'],
    stored: storedInJson,
  },
  {
    name: 'refresh.mjs in Node',
    program: 'node',
    missing: null,
    process: true,
    command: [process.execPath, 'refresh.mjs'],
    stored: storedInJson,
  },
]

export const FIELDS: DeviceConfigFields = {
  token_endpoint: 'http://127.0.0.1:9/token',
  client_id: 'sensor',
  client_secret: 'sensor-secret',
  refresh_token: 'initial-refresh-token',
  scope: 'offline_access',
  token_endpoint_auth_method: 'client_secret_basic',
  refresh_token_usage: 'store',
}

/** A new folder with the program and the config beside it, both as downloaded. */
export async function install(device: Device, fields: Partial<DeviceConfigFields>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'program-'))
  const { program, format } = about(device)
  await writeFile(join(folder, program.file), await readProgram(program))
  const config = writeDeviceConfig(
    format,
    { ...FIELDS, ...fields },
    { fingerprint: '01234567', user: 'demo', verdict: 'one_time', written_at: new Date() },
  )
  await writeFile(join(folder, format.file), config)
  await appendFile(join(folder, format.file), device.compiled ?? '')
  await chmod(join(folder, format.file), 0o600)
  for (const file of device.files ?? []) await copyFile(join(here, file), join(folder, file.replace(/.*\//, '')))
  await device.flash?.(folder)
  return folder
}

export function about(device: Device) {
  const program = PROGRAMS.find(({ id }) => id === device.program)
  const format = FORMATS.find(({ id }) => id === (device.reads ?? program?.reads))
  if (!program || !format) throw new Error(`${device.program} is not in the tables`)
  return { program, format }
}

/** The config beside the program. */
export const configOf = (device: Device, folder: string) => join(folder, about(device).format.file)

/** What lies in the folder beside the program, its config and the lock. */
export async function leftovers(device: Device, folder: string): Promise<string[]> {
  const { program, format } = about(device)
  const made =
    device.program === 'arduino-program'
      ? ['board', 'refresh.ino.cpp', 'arduino_secrets.h', 'nvs-oauth2', 'flash-writes']
      : [`${format.file}.lock`, '__pycache__']
  const known = [program.file, format.file, ...made, ...(device.files ?? [])]
  return (await readdir(folder)).filter((name) => !known.some((path) => path.replace(/.*\//, '') === name))
}

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  process: ChildProcess
  done: Promise<Outcome>
}

interface RunOptions {
  env?: Record<string, string>
  args?: string[]
  uid?: number
  /** A process group of its own, as a terminal gives it: Ctrl-C reaches all that the program started. */
  group?: boolean
}

export function start(
  device: Device,
  folder: string,
  { env = {}, args = [], uid, group = false }: RunOptions = {},
): Running {
  const [command = '', ...rest] = device.command
  const child = spawn(command, [...rest, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, PYTHONDONTWRITEBYTECODE: '1', ...device.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
    detached: group,
  })
  const outcome: Outcome = { code: null, stdout: '', stderr: '' }
  child.stdin.end()
  child.stdout.setEncoding('utf8').on('data', (text) => {
    outcome.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    outcome.stderr += text
  })
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...outcome, stderr: outcome.stderr.replace(device.noise ?? '', ''), code }))
  })
  return { process: child, done }
}

export const refresh = (device: Device, folder: string, options: RunOptions = {}) => start(device, folder, options).done
