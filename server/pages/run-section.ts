import type { Config } from '../config.js'
import { refreshTokenUsage } from '../device-config/device-config.js'
import { FORMATS } from '../device-config/formats.js'
import { PLACES } from '../device-config/places.js'
import { PROGRAMS } from '../device-config/programs.js'
import { AppError } from '../errors.js'
import type { Provider } from '../provider/provider.js'
import { fingerprint } from '../tokens/fingerprint.js'
import type { TokenSet } from '../tokens/token-set.js'
import { type DeviceFile, deviceFiles } from './device-files.js'
import { type Moment, moment } from './words.js'

/** "Where will it run?", and the files for the place that was chosen. */
export interface RunSection {
  places: { id: string; title: string; chosen: boolean }[]
  /** null until a place is chosen. */
  files: DeviceFile[] | null
  /** Why there are none just now; null when all is well. */
  problem: string | null
  all: { id: string; title: string; file: string }[]
  usage: 'keep' | 'store'
  /** The last file that left with the token as it is now. */
  handedOver: { format: string; at: Moment | null } | null
  clientSecretHidden: boolean
}

export async function runSection(
  config: Config,
  provider: Provider,
  tokens: TokenSet,
  now: number,
  asked: unknown,
): Promise<RunSection> {
  const place = PLACES.find(({ id }) => id === asked)
  const written = place ? await orWhy(deviceFiles(config, provider, tokens, place.id, now)) : null
  const print = tokens.refresh_token === null ? null : fingerprint(tokens.refresh_token)
  const last = tokens.handed_over.findLast((entry) => entry.fingerprint === print)
  return {
    places: PLACES.map(({ id, title }) => ({ id, title, chosen: id === place?.id })),
    files: Array.isArray(written) ? written : null,
    problem: typeof written === 'string' ? written : null,
    all: [...FORMATS, ...PROGRAMS].map(({ id, title, file }) => ({ id, title, file })),
    usage: refreshTokenUsage(tokens),
    handedOver: last ? { format: last.format, at: moment(last.at, now) } : null,
    clientSecretHidden: config.oauth2.clientSecret !== null && !config.showClientSecret,
  }
}

/** The page shows what it has, whatever keeps the files from being written. */
const orWhy = (files: Promise<DeviceFile[]>): Promise<DeviceFile[] | string> =>
  files.catch((error) => {
    if (error instanceof AppError) return error.message
    throw error
  })
