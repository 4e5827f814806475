import { readFile } from 'node:fs/promises'
import type { Place } from './places.js'

/**
 * A program that refreshes, the same for everybody: it reads the config beside it, and holds nothing secret itself. Its text is
 * a file of programs/.
 */
export interface Program {
  id: string
  title: string
  /** The file's name at the place. */
  file: string
  kind: 'program'
  media_type: string
  /** Id of the format whose file it reads. */
  reads: 'sh' | 'json' | 'arduino'
  places: readonly Place[]
  /** What it needs before it can run, beyond the config. */
  first?: string
  /** The two commands that run it, typed in the folder where both files are. */
  run: readonly [string, string]
  /** Where it is below programs/. */
  path: string
  /** The longest token that it can keep; a longer one it refuses, saying so. */
  maxTokenLength?: { characters: number; reason: string }
}

export const PROGRAMS: readonly Program[] = [
  {
    id: 'curl',
    title: 'Shell and curl',
    file: 'refresh.sh',
    kind: 'program',
    media_type: 'text/x-shellscript',
    reads: 'sh',
    places: ['linux', 'containers', 'other'],
    run: ['chmod 600 device.sh', 'sh refresh.sh'],
    path: 'refresh.sh',
  },
  {
    id: 'python',
    title: 'Python 3',
    file: 'refresh.py',
    kind: 'program',
    media_type: 'text/x-python',
    reads: 'json',
    places: ['linux', 'containers', 'home-automation', 'other'],
    run: ['chmod 600 config.json', 'python3 refresh.py'],
    path: 'refresh.py',
  },
  {
    id: 'node',
    title: 'Node.js',
    file: 'refresh.mjs',
    kind: 'program',
    media_type: 'text/javascript',
    reads: 'json',
    places: ['linux', 'containers', 'home-automation', 'other'],
    run: ['chmod 600 config.json', 'node refresh.mjs'],
    path: 'refresh.mjs',
  },
  {
    id: 'micropython-program',
    title: 'MicroPython',
    file: 'refresh.py',
    kind: 'program',
    media_type: 'text/x-python',
    reads: 'json',
    places: ['python-board'],
    first:
      "The board needs MicroPython 1.22 or newer, its network up, and ca.pem: the certificate authority of the provider's token endpoint.",
    run: [
      'mpremote cp config.json ca.pem refresh.py :',
      'mpremote exec "import refresh; print(refresh.access_token())"',
    ],
    path: 'micropython/refresh.py',
  },
  {
    id: 'arduino-program',
    title: 'Arduino sketch for ESP32',
    file: 'refresh.ino',
    kind: 'program',
    media_type: 'text/x-arduino',
    reads: 'arduino',
    places: ['esp32'],
    first:
      'Add your network to arduino_secrets.h (#define SECRET_SSID "…" and #define SECRET_PASS "…"), and install the esp32 core and the library ArduinoJson. The token comes on the serial port, at 115200 baud.',
    run: [
      'mkdir -p refresh && mv refresh.ino arduino_secrets.h refresh/',
      'arduino-cli compile --upload --fqbn esp32:esp32:esp32 --port /dev/ttyUSB0 refresh',
    ],
    path: 'refresh.ino',
    maxTokenLength: {
      characters: 5000,
      reason: 'Two tokens must fit into the usual NVS partition, beside what WiFi keeps there.',
    },
  },
]

const FOLDER = '../../server/device-config/programs/'

/** The program's text. The sources stay where they are when the app is compiled: both places are two folders below the root. */
export function readProgram(program: Program): Promise<string> {
  return readFile(new URL(FOLDER + program.path, import.meta.url), 'utf8')
}
