/**
 * What can go wrong, as one table: code → HTTP status and title. An `AppError` carries one of these codes; the one error
 * handler (error-handler.ts) renders it as a page or as RFC 9457 problem details.
 */
export const ERRORS = {
  not_signed_in: { status: 401, title: 'You are not signed in' },
  invalid_callback: { status: 400, title: 'The provider sent you back without an answer we can read' },
  invalid_state: { status: 403, title: "This sign-in didn't start here" },
  invalid_issuer: { status: 403, title: 'The answer came from another provider' },
  access_denied: { status: 403, title: 'You said no at the provider' },
  provider_error: { status: 502, title: 'The provider refused' },
  invalid_grant: { status: 409, title: 'The refresh token does not work any more' },
  token_refused: { status: 409, title: 'The provider refuses the refresh token for now' },
  provider_unreachable: { status: 502, title: "The provider can't be reached" },
  provider_malformed: { status: 502, title: "The provider's answer can't be used" },
  provider_untrusted: { status: 502, title: "The provider's certificate is not trusted" },
  provider_timeout: { status: 504, title: 'The provider took too long' },
  no_refresh_token: { status: 409, title: 'There is no refresh token' },
  unknown_token: { status: 404, title: 'This session has no such token' },
  too_many_tokens: { status: 409, title: 'The list of tokens is full' },
  refresh_in_progress: { status: 503, title: 'Another refresh of this token is still running' },
  store_unavailable: { status: 503, title: "The session store can't be reached" },
  unknown_format: { status: 404, title: 'There is no such format' },
  unwritable_value: { status: 422, title: "This format can't carry one of the values" },
  invalid_field: { status: 400, title: "A field's value is none of those allowed" },
  not_a_refresh_token: { status: 400, title: 'That is not a refresh token' },
  other_subject: { status: 403, title: 'This token belongs to someone else' },
  too_early: { status: 425, title: 'Too early for the reuse test' },
  cross_site: { status: 403, title: 'This request came from another site' },
  method_not_allowed: { status: 405, title: 'That method is not allowed here' },
  unknown_host: { status: 421, title: 'This site does not go by that name' },
  rate_limited: { status: 429, title: 'Too many requests' },
  not_found: { status: 404, title: 'There is nothing here' },
  bad_request: { status: 400, title: "The request can't be read" },
  payload_too_large: { status: 413, title: 'The request is too large' },
  insecure_transport: { status: 500, title: 'This site is set up for HTTPS, and the request came without it' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof ERRORS

export interface AppErrorOptions {
  /** Names the switch to turn; one sentence or two. */
  hint?: string | undefined
  /** What became of the token, for the page, where the code alone does not tell. */
  token?: string | undefined
  /** Further members of the problem details, e.g. `error` and `error_description` of the provider. */
  extra?: Record<string, unknown> | undefined
  /** Seconds for `Retry-After`. */
  retryAfter?: number | undefined
  /** What was thrown before; kept for the log's error name only, never shown. */
  cause?: unknown
}

/** A failure with a stable code. `detail` says what happened in one plain sentence, without tokens or secrets. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly status: number
  readonly title: string
  readonly hint: string | null
  readonly token: string | null
  readonly extra: Record<string, unknown>
  readonly retryAfter: number | null

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause })
    this.code = code
    this.status = ERRORS[code].status
    this.title = ERRORS[code].title
    this.hint = options.hint ?? null
    this.token = options.token ?? null
    this.extra = options.extra ?? {}
    this.retryAfter = options.retryAfter ?? null
  }
}
