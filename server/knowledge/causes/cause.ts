/** Names the step that failed: the return from the sign-in, a token request, or a page of the provider. */
export type Where = 'callback' | 'token' | 'refresh' | 'introspection' | 'revocation' | 'device' | 'check'

/** Describes one failure: how to recognise it, what it means, and which setting cures it. */
export interface Cause {
  id: string
  where: readonly Where[]
  /** The OAuth error code; null if there is none, as on a page. */
  error: string | null
  /** Text in `error_description` (or on the page), in any case; `…` stands for any text. */
  description: string | null
  /** Id of the preset whose provider says this; null for every provider. */
  provider: string | null
  /** HTTP status, for failures that only the status identifies. */
  status?: number
  means: string
  hint: string
}

/** What the provider answered when the step failed. */
export interface Seen {
  where: Where
  error: string | null
  error_description?: string | null
  status?: number | null
  /** Id of the provider's preset; null or `generic` for an unknown provider. */
  provider?: string | null
}
