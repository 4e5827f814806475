import type { Config } from '../config/config.js'
import type { Check } from '../findings/check.js'
import { unknown } from '../findings/finding.js'
import type { ProviderFetch } from '../provider/http.js'
import { createProvider, type Provider } from '../provider/provider.js'
import { SETUP_CHECKS, type SetupCheckEntry } from './checks.js'
import type { CheckContext } from './context.js'

export interface SetupCheckResult {
  /** False when any check fails. */
  ok: boolean
  checks: Check[]
}

export interface SetupCheck {
  /**
   * Looks at everything, side by side; ends within 10 seconds, whatever the provider does, and never rejects.
   * @param onResult told each result as it comes, and at once those that are there already
   */
  run(onResult?: (check: Check) => void): Promise<SetupCheckResult>
}

interface Options {
  config: Pick<Config, 'baseUrl' | 'shared' | 'oauth2'>
  provider: Provider
  now: () => number
}

/** Milliseconds that one check may take, and one of its requests. */
const DEADLINE = 9_000
const REQUEST_TIMEOUT = 4_000
/** How long a result serves everybody, where many share an instance. */
const SERVES = 60_000

/** One run at a time: whoever asks while it runs is told its results. */
export function createSetupCheck({ config, provider, now }: Options): SetupCheck {
  let latest: Run | null = null

  return {
    run(onResult = () => {}) {
      const fresh = latest !== null && (latest.endedAt === null || (config.shared && now() - latest.endedAt < SERVES))
      latest = fresh && latest ? latest : startRun({ config, provider, now })
      for (const check of latest.found) onResult(check)
      if (latest.endedAt === null) latest.listeners.add(onResult)
      return latest.result
    },
  }
}

interface Run {
  found: Check[]
  listeners: Set<(check: Check) => void>
  result: Promise<SetupCheckResult>
  endedAt: number | null
}

function startRun(options: Options): Run {
  const run: Run = { found: [], listeners: new Set(), endedAt: null, result: undefined as never }
  run.result = Promise.all(
    SETUP_CHECKS.map(async (entry) => {
      const check = { id: entry.id, ...entry.always, ...(await inTime(entry, options)) }
      run.found.push(check)
      for (const tell of run.listeners) tell(check)
      return check
    }),
  ).then((checks) => {
    run.endedAt = options.now()
    run.listeners.clear()
    return { ok: checks.every(({ result }) => result !== 'fail'), checks }
  })
  return run
}

/** One check under its own deadline: what it still waits for is then let go. */
async function inTime({ run }: SetupCheckEntry, options: Options) {
  const deadline = AbortSignal.timeout(DEADLINE)
  const late = new Promise<ReturnType<typeof unknown>>((resolve) => {
    deadline.addEventListener('abort', () =>
      resolve(unknown(`It could not be told within ${DEADLINE / 1000} seconds: the provider is too slow.`)),
    )
  })
  const found = run(contextOf(options, deadline)).catch((error: Error) =>
    unknown(`It could not be told: this check itself failed (${error.name}).`),
  )
  return Promise.race([found, late])
}

function contextOf({ config, provider, now }: Options, signal: AbortSignal): CheckContext {
  const fetch: ProviderFetch = (url, request = {}) =>
    provider.fetch(url, { ...request, signal, timeout: Math.min(request.timeout ?? REQUEST_TIMEOUT, REQUEST_TIMEOUT) })
  return {
    baseUrl: config.baseUrl,
    config: config.oauth2,
    provider,
    fetch,
    providerFor: (oauth2) => createProvider(oauth2, provider.metadata, fetch),
    now,
  }
}
