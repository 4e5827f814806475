import { createSetupCheck, type SetupCheckResult } from '../../server/check/set-up-check.js'
import { loadConfig } from '../../server/config/config.js'
import { createProviderClient } from '../../server/dependencies.js'
import type { Check } from '../../server/findings/check.js'

export interface Ran extends SetupCheckResult {
  /** By id. */
  found: Record<string, Check>
  /** `{ discovery: 'pass', … }` */
  results: Record<string, string>
  /** Milliseconds it took. */
  took: number
}

/** One set-up check with these settings, as the app or `npm run doctor` runs it. */
export async function runCheck(env: Record<string, string>, now: () => number = Date.now): Promise<Ran> {
  const config = loadConfig({ PORT: '3000', ...env })
  const { provider, close } = createProviderClient(config)
  const started = performance.now()
  try {
    const { ok, checks } = await createSetupCheck({ config, provider, now }).run()
    const took = performance.now() - started
    const found = Object.fromEntries(checks.map((check) => [check.id, check]))
    return { ok, checks, found, took, results: Object.fromEntries(checks.map(({ id, result }) => [id, result])) }
  } finally {
    await close()
  }
}
