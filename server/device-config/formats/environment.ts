import type { FieldName } from '../fields.js'

/** Files of environment variables spell a field `OAUTH2_CLIENT_ID`. */
export const environmentName = (field: FieldName): string => `OAUTH2_${field.toUpperCase()}`

/** Needs no quotes in any reader of such files: every JWT, base64 and nearly every URL is of this alphabet. */
const SAFE = 'A-Za-z0-9._/+=:@%,^!*?-'
const safe = new RegExp(`^[${SAFE}]*$`)

/** Where all values are of the safe alphabet, the five dialects are the same lines (but for `sh`'s `export`). */
export const bareOr =
  (quote: (value: string) => string) =>
  (value: string): string =>
    safe.test(value) ? value : quote(value)

/** Lines with a bare value of the safe alphabet, or a quoted one. */
export const assignment = (quoted: string, prefix = ''): RegExp =>
  new RegExp(`^${prefix}(\\w+)=([${SAFE}]*|${quoted})$`, 'gm')
