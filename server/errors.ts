/**
 * Every failure in one table: code → HTTP status and title. An `AppError` carries one of these codes; the error handler
 * (web/error-handler.ts) renders it as a page or as RFC 9457 problem details.
 */
export const ERRORS = {
  not_signed_in: { status: 401, title: 'You are not signed in' },
  invalid_callback: { status: 400, title: "We can't read the provider's answer to your sign-in" },
  invalid_state: { status: 403, title: "This sign-in didn't start here" },
  invalid_issuer: { status: 403, title: 'The answer came from another provider' },
  access_denied: { status: 403, title: 'Access was denied at the provider' },
  provider_error: { status: 502, title: 'The provider refused the request' },
  invalid_grant: { status: 409, title: 'The refresh token no longer works' },
  token_refused: { status: 409, title: 'The provider refuses the refresh token for now' },
  provider_unreachable: { status: 502, title: "We can't reach the provider" },
  provider_malformed: { status: 502, title: "We can't use the provider's answer" },
  provider_untrusted: { status: 502, title: "The provider's certificate is not trusted" },
  provider_timeout: { status: 504, title: 'The provider took too long' },
  no_refresh_token: { status: 409, title: 'There is no refresh token' },
  unknown_token: { status: 404, title: 'This token is not on your list' },
  too_many_tokens: { status: 409, title: 'Your list of tokens is full' },
  refresh_in_progress: { status: 503, title: 'Another refresh of this token is still running' },
  store_unavailable: { status: 503, title: "We can't reach the session store" },
  unknown_format: { status: 404, title: 'We have no such format' },
  unwritable_value: { status: 422, title: "This format can't hold one of the values" },
  invalid_field: { status: 400, title: 'A field has a value that is not allowed' },
  not_a_refresh_token: { status: 400, title: 'That is not a refresh token' },
  other_subject: { status: 403, title: 'This token belongs to someone else' },
  busy: { status: 409, title: 'Another refresh of this token is still running' },
  too_early: { status: 425, title: 'Too early for the reuse test' },
  cross_site: { status: 403, title: 'This request came from another site' },
  method_not_allowed: { status: 405, title: 'That method is not allowed here' },
  unknown_host: { status: 421, title: 'This site has another address' },
  rate_limited: { status: 429, title: 'Too many requests' },
  not_found: { status: 404, title: 'This page does not exist' },
  bad_request: { status: 400, title: "We can't read the request" },
  payload_too_large: { status: 413, title: 'The request is too large' },
  insecure_transport: { status: 403, title: 'This site needs HTTPS, and the request came without it' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof ERRORS

export interface AppErrorOptions {
  /** Says what to do, in one sentence or two. */
  hint?: string | undefined
  /** Says what this means for the token, if the code alone does not. */
  token?: string | undefined
  /** Further members of the problem details, e.g. `error` and `error_description` of the provider. */
  extra?: Record<string, unknown> | undefined
  /** Seconds for `Retry-After`. */
  retryAfter?: number | undefined
  /** Whether the request could not be sent, because no connection came about. */
  unsent?: boolean | undefined
  /** Whether the provider is busy or has a problem, so that the same request may work later. */
  busy?: boolean | undefined
  /** The original error: its name goes to the log; it is never shown. */
  cause?: unknown
}

/** Carries a failure with a stable code. `detail` says what happened in one plain sentence, without tokens or secrets. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly status: number
  readonly title: string
  readonly hint: string | null
  readonly token: string | null
  readonly extra: Record<string, unknown>
  readonly retryAfter: number | null
  readonly unsent: boolean
  readonly busy: boolean

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause })
    this.code = code
    this.status = ERRORS[code].status
    this.title = ERRORS[code].title
    this.hint = options.hint ?? null
    this.token = options.token ?? null
    this.extra = options.extra ?? {}
    this.retryAfter = options.retryAfter ?? null
    this.unsent = options.unsent ?? false
    this.busy = options.busy ?? false
  }

  /** The same failure, with what else is known about it. */
  with(known: Pick<AppErrorOptions, 'token' | 'unsent'>): AppError {
    const { code, message, hint, token, extra, retryAfter, unsent, busy, cause } = this
    return new AppError(code, message, {
      hint: hint ?? undefined,
      token: token ?? undefined,
      extra,
      retryAfter: retryAfter ?? undefined,
      unsent,
      busy,
      cause,
      ...known,
    })
  }
}
