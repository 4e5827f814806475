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
    places: ['linux', 'containers', 'home-automation', 'other'],
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
