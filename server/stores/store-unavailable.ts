import { AppError } from '../errors.js'

/** Stops the start, because Redis does not work with these settings. The message says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

/** Seconds until another try makes sense. */
const TRY_AGAIN = 2

/** What Redis's errors mean, by their first word or by the system's code. */
const SAID: Record<string, string> = {
  TIMEOUT: 'it does not answer',
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'we could not look up its host name',
  READONLY: 'it accepts no writes (it is a replica, or has become one)',
  OOM: 'its memory is full',
  MISCONF: "it can't save to its disk and accepts no writes",
  LOADING: 'it is still loading its data',
  MASTERDOWN: 'it is a replica that has lost its primary',
  CLUSTERDOWN: 'part of the Cluster is down',
  NOAUTH: 'it needs a password',
  WRONGPASS: 'it refuses the user or the password',
  NOPERM: 'its user lacks a permission',
  ERR: 'it refuses the command',
}

/** Reports a failure of the store. The command may or may not have been executed. */
export function storeUnavailable(reason: string | null, cause?: unknown): AppError {
  return new AppError('store_unavailable', `This site stores its sessions in Redis, and ${meaning(reason)}.`, {
    hint: 'You are still signed in. Try again in a moment.',
    retryAfter: TRY_AGAIN,
    cause: cause === undefined ? undefined : { name: (cause as Error)?.name, code: reason ?? undefined },
  })
}

/** Node's codes for a certificate that it does not trust. */
export const UNTRUSTED = /CERT|SIGNATURE/

export function meaning(reason: string | null): string {
  if (reason === null) return "we can't reach it"
  return SAID[reason] ?? (UNTRUSTED.test(reason) ? `its certificate is not trusted (${reason})` : "we can't reach it")
}

/** Returns one word for the failure: the first word of Redis's error, or the system's code. Never a whole message. */
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
