import type { Config } from '../config/config.js'
import { FORMATS } from '../device-config/formats.js'
import { PLACES } from '../device-config/places.js'
import { PROGRAMS } from '../device-config/programs.js'
import { AppError } from '../errors.js'
import type { ProviderFacts } from '../provider/facts.js'
import type { Download, Entry } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { verdictOf } from '../tokens/token-answer-json.js'
import { refreshTokenUsage } from '../tokens/usage.js'
import { type DeviceFile, deviceFiles } from './device-files.js'
import { type Moment, moment } from './words.js'

/** "Where will it run?", and the files for the place that was chosen. */
export interface RunSection {
  places: { id: string; title: string; chosen: boolean }[]
  /** null until a place is chosen. */
  files: DeviceFile[] | null
  /** Why there are none just now; null when all is well. */
  problem: string | null
  all: { id: string; title: string; file: string; kind: 'config' | 'program' }[]
  usage: 'keep' | 'store'
  /** The last file that left with the token as it is now. */
  downloaded: { format: string; at: Moment | null } | null
  /** The last file that left with a one-time token that has been replaced since: it is dead. */
  outdated: { format: string; at: Moment | null } | null
  /** Asked before a file with the token is taken; null where nothing speaks against it. */
  ask: string | null
  clientSecretHidden: boolean
}

export function runSection(
  config: Config,
  provider: ProviderFacts,
  entry: Entry,
  now: number,
  asked: unknown,
): RunSection {
  const place = PLACES.find(({ id }) => id === asked)
  const written = place ? orWhy(() => deviceFiles(config, provider, entry, place.id, now)) : null
  const print = entry.refresh_token === null ? null : fingerprint(entry.refresh_token)
  const last = entry.downloads.findLast((entry) => entry.fingerprint === print)
  const outdated =
    verdictOf(entry) === 'one_time' ? entry.downloads.findLast((entry) => entry.fingerprint !== print) : undefined
  const left = (entry: Download | undefined) => (entry ? { format: entry.format, at: moment(entry.at, now) } : null)
  const again = last && verdictOf(entry) === 'one_time'
  return {
    places: PLACES.map(({ id, title }) => ({ id, title, chosen: id === place?.id })),
    files: Array.isArray(written) ? written : null,
    problem: typeof written === 'string' ? written : null,
    all: [...FORMATS, ...PROGRAMS].map(({ id, title, file, kind }) => ({ id, title, file, kind })),
    usage: refreshTokenUsage(entry, provider.preset),
    downloaded: left(last),
    outdated: left(outdated),
    ask: again
      ? 'This one-time token has left for a device already, and only one may hold it. Take it again all the same?'
      : null,
    clientSecretHidden: config.oauth2.clientSecret !== null && !config.showClientSecret,
  }
}

/** The page shows what it has, whatever keeps the files from being written. */
function orWhy(files: () => DeviceFile[]): DeviceFile[] | string {
  try {
    return files()
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}
