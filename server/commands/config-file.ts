import { type DeviceConfigFields, FIELD_NAMES } from '../device-config/fields.js'
import { type Format, UnwritableValue } from '../device-config/formats/format.js'
import { FORMATS } from '../device-config/formats.js'

type Needed = 'token_endpoint' | 'client_id' | 'refresh_token'

/** A device config that was read: its format and its fields. */
export interface ReadConfig {
  format: Format
  text: string
  fields: Partial<DeviceConfigFields> & Pick<DeviceConfigFields, Needed>
}

const NEEDED: readonly Needed[] = ['token_endpoint', 'client_id', 'refresh_token']

/** Reads a config in any of our formats; null for anything else. */
export function readConfigFile(text: string): ReadConfig | null {
  const read = FORMATS.flatMap((format) => {
    const fields = fieldsIn(format, text)
    return fields ? [{ format, text, fields }] : []
  })
  // Formats share names and differ in their quotes: the right one spells the token as it is in the file.
  return read.find((config) => withToken(config, 'another-token') !== null) ?? read[0] ?? null
}

function fieldsIn(format: Format, text: string): ReadConfig['fields'] | null {
  const values = parsed(format, text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n'))
  const fields = Object.fromEntries(
    FIELD_NAMES.flatMap((field) => {
      const value = values[format.spell(field)]
      return typeof value === 'string' && value !== '' ? [[field, value]] : []
    }),
  )
  return NEEDED.every((field) => field in fields) ? (fields as ReadConfig['fields']) : null
}

function parsed(format: Format, text: string): Record<string, string> {
  try {
    return format.parse(text) ?? {}
  } catch {
    return {}
  }
}

/** Replaces the refresh token in the text; null if that would change anything else. */
export function withToken({ format, text, fields }: ReadConfig, token: string): string | null {
  const [before, after] = [spelt(format, fields, fields.refresh_token), spelt(format, fields, token)]
  if (before === null || after === null || text.split(before).length !== 2) return null
  const changed = text.replace(before, () => after)
  const read = fieldsIn(format, changed)
  return read && sameFields(read, { ...fields, refresh_token: token }) ? changed : null
}

/** Finds the refresh token in this format's spelling: the last secret value of a config. */
function spelt(format: Format, fields: ReadConfig['fields'], refresh_token: string): string | null {
  const whole: DeviceConfigFields = {
    scope: '',
    token_endpoint_auth_method: '',
    refresh_token_usage: 'store',
    ...fields,
    client_secret: null,
    refresh_token,
  }
  try {
    const pieces = format.write(whole)
    return pieces.findLast(({ secret }) => secret)?.text ?? null
  } catch (error) {
    if (error instanceof UnwritableValue) return null
    throw error
  }
}

const sameFields = (a: ReadConfig['fields'], b: ReadConfig['fields']) =>
  FIELD_NAMES.every((name) => a[name] === b[name])
