/** A day. A longer wait makes no sense for a person. */
const AT_MOST = 86_400

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3) in seconds, from a number or a date; undefined if it has neither.
 * @param now the provider's clock where it sends one, in milliseconds: a date is told by that clock
 */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  if (/^\s*\d{1,12}\s*$/.test(value)) return Math.min(Number(value), AT_MOST)
  const date = Date.parse(value)
  if (Number.isNaN(date) || !/[a-z]/i.test(value)) return undefined
  return Math.min(Math.max(0, Math.ceil((date - now) / 1000)), AT_MOST)
}
