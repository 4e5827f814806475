/**
 * What a device needs to refresh, named as in RFC 6749 and RFC 7591. Every value is VSCHAR, 0x20-0x7E (RFC 6749 App. A), but
 * that a client's id and secret may hold any letters, in UTF-8. The order here is the order in a file.
 */
export interface DeviceConfigFields {
  token_endpoint: string
  client_id: string
  /** null: a public client, the field is left out. `<CLIENT_SECRET>` where it is not to be shown. */
  client_secret: string | null
  refresh_token: string
  /** Space-separated, as it was asked for; programs do not send it. */
  scope: string
  /** The one that was proven. */
  token_endpoint_auth_method: string
  /** `keep`: the token stays valid; `store`: the device must store the token that comes back. */
  refresh_token_usage: 'keep' | 'store'
}

/** Stands for the client secret where it is not shown. */
export const CLIENT_SECRET_PLACEHOLDER = '<CLIENT_SECRET>'

export type FieldName = keyof DeviceConfigFields

export const FIELD_NAMES = [
  'token_endpoint',
  'client_id',
  'client_secret',
  'refresh_token',
  'scope',
  'token_endpoint_auth_method',
  'refresh_token_usage',
] as const satisfies readonly FieldName[]

/** What a comment tells about the file, where its format has comments. */
export interface About {
  /** First 8 hex digits of the refresh token's SHA-256. */
  fingerprint: string
  /** The username from the provider, any text; null if unknown. */
  user: string | null
  /** What the user calls the token, any text at all. */
  label?: string | null
  /** null until the proof has run. */
  verdict: string | null
  written_at: Date
}
