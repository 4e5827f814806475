/** A setting works after a restart only: every hint that names one says so. */
export function sayRestart(hint: string | null): string | null {
  if (hint === null || !/\b(OAUTH2_[A-Z_]+|BASE_URL|SESSION_SECRET|TRUST_PROXY|REDIS_URL)\b/.test(hint)) return hint
  return /\brestart/i.test(hint) ? hint : `${hint} Settings are in .env: restart after the change.`
}
