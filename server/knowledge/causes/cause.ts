/** Where something failed: back from the sign-in, at a token request, or on a page that never comes back. */
export type Where = 'callback' | 'token' | 'refresh' | 'introspection' | 'revocation' | 'device' | 'check'

/** One way to fail: how it is recognised, what it means, and the switch that cures it. */
export interface Cause {
  id: string
  where: readonly Where[]
  /** The OAuth error code; null where there is none, such as on a page. */
  error: string | null
  /** Text that `error_description` (or the page) holds, whatever its case; `…` stands for any text. */
  description: string | null
  /** Id of the one preset that says so. */
  provider: string | null
  /** HTTP status, where nothing else tells. */
  status?: number
  means: string
  hint: string
}

/** What was seen when it failed. */
export interface Seen {
  where: Where
  error: string | null
  error_description?: string | null
  status?: number | null
  /** Id of the provider's preset; null or `generic` where nobody recognised it. */
  provider?: string | null
}
