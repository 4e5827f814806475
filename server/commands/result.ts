import type { Config } from '../config/config.js'
import { aboutDeviceConfig, deviceConfigFields } from '../device-config/device-config.js'
import { FORMATS, writeDeviceConfig } from '../device-config/formats.js'
import { type Shown, shown } from '../proof/shown.js'
import { warningsOf } from '../proof/warnings.js'
import { providerFacts } from '../provider/facts.js'
import type { Provider } from '../provider/provider.js'
import type { Entry } from '../tokens/entry.js'
import { tokenAnswerJson } from '../tokens/token-answer-json.js'

/** Writes the token answer like the site. The token is on no list, so its id is null. */
export const answerText = (about: Shown, label: string | null): string =>
  `${JSON.stringify(tokenAnswerJson(about.entry, warningsOf(about), { id: null, label }), null, 2)}\n`

/**
 * Writes what `mint` prints: the token answer, the refresh token alone, or a device config.
 * @throws AppError if the format can't hold a value, or the token is dead
 */
export function resultText(
  format: string | undefined,
  { config, provider, entry, label }: { config: Config; provider: Provider; entry: Entry; label: string | null },
): string {
  if (format === undefined) return answerText(shown(config, providerFacts(provider), entry, Date.now()), label)
  if (format === 'token') return `${entry.refresh_token}\n`
  const chosen = FORMATS.find(({ id }) => id === format)
  if (!chosen) throw new Error(`the command line let an unknown format pass: ${format}`)
  return writeDeviceConfig(
    chosen,
    deviceConfigFields(config, providerFacts(provider), entry),
    aboutDeviceConfig(entry, Date.now(), label),
  )
}
