import type { Config } from '../config/config.js'
import { aboutDeviceConfig, deviceConfigFields } from '../device-config/device-config.js'
import { FORMATS } from '../device-config/formats.js'
import { PLACES } from '../device-config/places.js'
import { PROGRAMS } from '../device-config/programs.js'
import { AppError } from '../errors.js'
import type { ProviderFacts } from '../provider/facts.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { Download } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { verdictOf } from '../tokens/token-answer-json.js'
import { refreshTokenUsage } from '../tokens/usage.js'
import { configDownload, type Download as DownloadLink } from './device-files.js'
import { type RecipeStep, recipeSection } from './recipe-section.js'
import { type Moment, moment } from './words.js'

/** "Where will it run?", and the recipe for the place that was chosen. */
export interface RunSection {
  places: { id: string; title: string; href: string; chosen: boolean }[]
  /** null until a place is chosen. */
  recipe: RecipeStep[] | null
  /** Why there are none just now; null when all is well. */
  problem: string | null
  /** The files that the recipe does not show. */
  others: (DownloadLink & { kind: 'config' | 'program' })[]
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
  { entry, id, label }: Pick<StoredEntry, 'entry' | 'id' | 'label'>,
  now: number,
  asked: unknown,
): RunSection {
  const place = PLACES.find(({ id }) => id === asked)
  const links = { label, href: (format: string) => `/profile/device-config/${format}?id=${id}` }
  const recipe = place
    ? orWhy(() => {
        const fields = deviceConfigFields(config, provider, entry)
        return recipeSection(place.id, { fields, about: aboutDeviceConfig(entry, now, label), ...links })
      })
    : null
  const drawn = Array.isArray(recipe) ? filesIn(recipe) : []
  const print = entry.refresh_token === null ? null : fingerprint(entry.refresh_token)
  const last = entry.downloads.findLast((entry) => entry.fingerprint === print)
  const outdated =
    verdictOf(entry) === 'one_time' ? entry.downloads.findLast((entry) => entry.fingerprint !== print) : undefined
  const left = (entry: Download | undefined) => (entry ? { format: entry.format, at: moment(entry.at, now) } : null)
  const again = last && verdictOf(entry) === 'one_time'
  return {
    places: PLACES.map((each) => ({
      ...each,
      href: `/profile?id=${id}&place=${each.id}#run`,
      chosen: each.id === place?.id,
    })),
    recipe: Array.isArray(recipe) ? recipe : null,
    problem: typeof recipe === 'string' ? recipe : null,
    others: [...FORMATS, ...PROGRAMS]
      .filter(({ id }) => !drawn.includes(id))
      .map((file) => ({
        ...(file.kind === 'config' ? configDownload(file, links) : { ...file, href: links.href(file.id) }),
        kind: file.kind,
      })),
    usage: refreshTokenUsage(entry, provider.preset),
    downloaded: left(last),
    outdated: left(outdated),
    ask: again
      ? 'You downloaded or copied this one-time token before, and only one device may have it. Get it again anyway?'
      : null,
    clientSecretHidden: config.oauth2.clientSecret !== null && !config.showClientSecret,
  }
}

const filesIn = (recipe: RecipeStep[]): string[] =>
  recipe.flatMap((step) => [step, ...step.ways]).flatMap(({ shown }) => shown)

/** The page shows what it has, whatever keeps the recipe from being written. */
function orWhy(recipe: () => RecipeStep[]): RecipeStep[] | string {
  try {
    return recipe()
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}
