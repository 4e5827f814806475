import type { DeviceConfigFields } from './fields.js'
import type { Format } from './formats/format.js'

/** Says that this format's place can't store the token that a refresh brings; null where it can, or need not (usage `keep`). */
export function cantStore(
  { writesBack }: Pick<Format, 'writesBack'>,
  usage: DeviceConfigFields['refresh_token_usage'],
): string | null {
  if (writesBack === true || usage === 'keep') return null
  return `Each refresh brings another token that must be stored, and ${writesBack.because}. Instead: ${writesBack.instead}.`
}
