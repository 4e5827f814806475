const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** OWASP's figures where many people share a site; a working day where the developer is alone. Milliseconds. */
export const LIFETIMES = {
  shared: { idle: 30 * MINUTE, absolute: 8 * HOUR },
  local: { idle: 8 * HOUR, absolute: 24 * HOUR },
}

/** How long a sign-in may take, from the redirect to the callback. Milliseconds. */
export const SIGN_IN_LASTS = 10 * MINUTE

export const lifetimes = (shared: boolean) => (shared ? LIFETIMES.shared : LIFETIMES.local)

/**
 * Says when a session ends if nothing more comes: milliseconds since the epoch.
 * @param began when the person signed in; undefined before that
 */
export function sessionEnd({ began }: { began?: number | undefined }, shared: boolean, now: number): number {
  if (began === undefined) return now + SIGN_IN_LASTS
  const { idle, absolute } = lifetimes(shared)
  return Math.min(now + idle, began + absolute)
}
