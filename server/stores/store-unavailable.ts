import { AppError } from '../errors.js'

/** Redis can't be used as it is set up: the start is refused, and the message names the cure. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

/** Seconds after which another try makes sense. */
const TRY_AGAIN = 2

/** What Redis says of itself, by the first word of its errors or the system's code, and what it means. */
const SAID: Record<string, string> = {
  TIMEOUT: 'it does not answer',
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  READONLY: 'it takes no writes (a replica, or a primary that has become one)',
  OOM: 'its memory is full',
  MISCONF: "it can't save to its disk and takes no writes",
  LOADING: 'it is still loading its data',
  MASTERDOWN: 'it is a replica that has lost its primary',
  CLUSTERDOWN: 'a part of the Cluster is down',
  NOAUTH: 'it wants a password',
  WRONGPASS: 'it refuses the user or the password',
  NOPERM: 'its user lacks a permission',
  ERR: 'it refuses the command',
}

/** The store's failure as the reader is told it: whatever was asked may or may not have been done. */
export function storeUnavailable(reason: string | null, cause?: unknown): AppError {
  return new AppError('store_unavailable', `Sessions are kept in Redis, and ${meaning(reason)}.`, {
    hint: 'Nobody is signed out. Try again in a moment.',
    retryAfter: TRY_AGAIN,
    cause: cause === undefined ? undefined : { name: (cause as Error)?.name, code: reason ?? undefined },
  })
}

/** What Node's TLS says of a certificate that it does not take. */
export const UNTRUSTED = /CERT|SIGNATURE/

export function meaning(reason: string | null): string {
  if (reason === null) return "it can't be reached"
  return SAID[reason] ?? (UNTRUSTED.test(reason) ? `its certificate is not trusted (${reason})` : "it can't be reached")
}

/** One word for what went wrong: the first of an error of Redis's, or the system's code. Never a whole message. */
export function toldByRedis(error: unknown): string | null {
  const { code, message, cause, errors } = (error ?? {}) as {
    code?: unknown
    message?: unknown
    cause?: unknown
    errors?: unknown[]
  }
  if (typeof code === 'string' && code !== '') return code
  const word = typeof message === 'string' ? /^[A-Z]{2,20}(?= )/.exec(message)?.[0] : undefined
  return word ?? (errors?.[0] ? toldByRedis(errors[0]) : cause ? toldByRedis(cause) : null)
}
