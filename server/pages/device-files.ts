import type { Config } from '../config/config.js'
import { aboutDeviceConfig, deviceConfigFields } from '../device-config/device-config.js'
import type { About, DeviceConfigFields } from '../device-config/fields.js'
import { type Format, type Piece, textOf } from '../device-config/formats/format.js'
import { deviceConfigPieces, FORMATS } from '../device-config/formats.js'
import type { Place } from '../device-config/places.js'
import { PROGRAMS, type Program } from '../device-config/programs.js'
import { AppError } from '../errors.js'
import type { ProviderFacts } from '../provider/facts.js'
import type { Entry } from '../tokens/entry.js'
import { withoutLongTokens } from './bounded.js'

/** A file for the chosen place: its text, under each of the names that it goes by. */
export interface DeviceFile {
  /** Names the element that holds the text. */
  id: string
  file: string
  /** More than one where their readers take the same lines. */
  formats: Pick<Format, 'id' | 'title' | 'file'>[]
  pieces: Piece[]
  /** How to add the lines to a file that the place has already. */
  append: string | null
  /** The token's length against what its readers can hold. */
  limits: Limit[]
  /** Why this file can't be written; the text is empty then. */
  problem: { message: string; hint: string | null } | null
  programs: (Pick<Program, 'id' | 'title' | 'file' | 'first' | 'run'> & { limits: Limit[] })[]
}

export interface Limit {
  text: string
  fits: boolean
}

/** The five that read lines of `NAME=value`: where no value needs quotes, they are the same lines. */
const ENVIRONMENT = ['dotenv', 'env-file', 'systemd', 'sh', 'compose']

/** Every file for one place, written out. Throws only where all of them are impossible: no token, or a dead one. */
export function deviceFiles(
  config: Config,
  provider: ProviderFacts,
  entry: Entry,
  place: Place,
  now: number,
): DeviceFile[] {
  const fields = deviceConfigFields(config, provider, entry)
  const about = aboutDeviceConfig(entry, now)
  const files: DeviceFile[] = []
  const lines = new Map<string, DeviceFile>()
  for (const format of FORMATS.filter((format) => belongs(format, place))) {
    const { pieces, problem } = write(format, fields, about)
    const same = ENVIRONMENT.includes(format.id) && problem === null ? assignments(textOf(pieces)) : null
    const merged = same === null ? undefined : lines.get(same)
    const file = merged ?? newFile(format, pieces, problem)
    if (!merged) files.push(file)
    if (same !== null) lines.set(same, file)
    file.formats.push(format)
    file.limits.push(...limits(format.maxTokenLength, fields))
    file.programs.push(
      ...PROGRAMS.filter(({ reads, places }) => reads === format.id && places.includes(place)).map(
        ({ maxTokenLength, ...program }) => ({ ...program, limits: limits(maxTokenLength, fields) }),
      ),
    )
  }
  return files
}

/** A format belongs to a place by itself, or because a program there reads it. */
const belongs = ({ id, places }: Format, place: Place): boolean =>
  places.includes(place) || PROGRAMS.some((program) => program.reads === id && program.places.includes(place))

const newFile = (format: Format, pieces: Piece[], problem: DeviceFile['problem']): DeviceFile => ({
  id: `file-${format.id}`,
  file: format.file,
  formats: [],
  pieces: withoutLongTokens(pieces.filter(({ text }) => text !== '')),
  append: format.append ?? null,
  limits: [],
  problem,
  programs: [],
})

function write(format: Format, fields: DeviceConfigFields, about: About): Pick<DeviceFile, 'pieces' | 'problem'> {
  try {
    return { pieces: deviceConfigPieces(format, fields, about), problem: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { pieces: [], problem: { message: error.message, hint: error.hint } }
  }
}

/** What the lines assign, without comments and without the `export` of a shell. */
const assignments = (text: string): string => text.replace(/^(#.*\n|export )/gm, '')

function limits(most: { characters: number; reason: string } | undefined, fields: DeviceConfigFields): Limit[] {
  if (most === undefined) return []
  const { length } = fields.refresh_token
  const text = `The token has ${length} characters, and at most ${most.characters} fit. ${most.reason}`
  return [{ text, fits: length <= most.characters }]
}
