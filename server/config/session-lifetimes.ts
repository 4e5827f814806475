const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** OWASP's figures for a shared site; a working day for a developer's own machine. In milliseconds. */
export const LIFETIMES = {
  shared: { idle: 30 * MINUTE, absolute: 8 * HOUR },
  local: { idle: 8 * HOUR, absolute: 24 * HOUR },
}

/** How long a sign-in can take, from the redirect to the callback, in milliseconds. */
export const SIGN_IN_LASTS = 10 * MINUTE

export const lifetimes = (shared: boolean) => (shared ? LIFETIMES.shared : LIFETIMES.local)

/**
 * Calculates when a session expires without another request, in milliseconds since the epoch.
 * @param began when the person signed in; undefined before that
 */
export function sessionEnd({ began }: { began?: number | undefined }, shared: boolean, now: number): number {
  if (began === undefined) return now + SIGN_IN_LASTS
  const { idle, absolute } = lifetimes(shared)
  return Math.min(now + idle, began + absolute)
}
