import type { Config } from '../config/config.js'
import type { Check } from '../findings/check.js'
import { asCheck, type Finding, unknown } from '../findings/finding.js'
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
   * @param onResult gets each result in the order of the table, as soon as those before it are there
   */
  run(onResult?: (check: Check) => void, who?: { signedIn: boolean }): Promise<SetupCheckResult>
}

interface Options {
  config: Pick<Config, 'baseUrl' | 'shared' | 'oauth2'>
  provider: Provider
  now: () => number
}

/** Milliseconds that one check may take, and one of its requests. */
const DEADLINE = 9_000
const REQUEST_TIMEOUT = 4_000
/** How long a result serves everyone who is signed in on a shared site, and those who are not (milliseconds). */
const SERVES = 60_000
const SERVES_STRANGERS = 600_000

/** One run at a time: who asks while it runs gets its results. */
export function createSetupCheck({ config, provider, now }: Options): SetupCheck {
  let latest: Run | null = null

  const serves = ({ endedAt }: Run, signedIn: boolean) =>
    endedAt === null || (config.shared && now() - endedAt < (signedIn ? SERVES : SERVES_STRANGERS))

  return {
    async run(onResult = () => {}, { signedIn } = { signedIn: true }) {
      if (latest === null || !serves(latest, signedIn)) latest = startRun({ config, provider, now })
      const run = latest
      // On a shared site the provider's own words are for those who have signed in there.
      const name = config.shared && !signedIn ? null : provider.preset().name
      for (const { entry, finding } of run.rows) onResult(asCheck(entry, await finding, name))
      return run.as(name)
    },
  }
}

interface Run {
  rows: { entry: SetupCheckEntry; finding: Promise<Finding> }[]
  endedAt: number | null
  /** The whole result; the same object for everyone who may see the same. */
  as(provider: string | null): Promise<SetupCheckResult>
}

function startRun(options: Options): Run {
  const findings = new Map<string, Promise<Finding>>()
  const found = (id: string) => findings.get(id) ?? Promise.reject(new Error(`no check ${id}`))
  for (const entry of SETUP_CHECKS) findings.set(entry.id, inTime(entry, options, found))
  const rows = SETUP_CHECKS.map((entry) => ({
    entry,
    finding: (findings.get(entry.id) as Promise<Finding>).then((finding) => ({ ...entry.always, ...finding })),
  }))
  const results = new Map<string | null, Promise<SetupCheckResult>>()
  const run: Run = {
    rows,
    endedAt: null,
    as(provider) {
      const result = results.get(provider) ?? whole(rows, provider)
      results.set(provider, result)
      return result
    },
  }
  void Promise.all(findings.values()).then(() => {
    run.endedAt = options.now()
  })
  return run
}

async function whole(rows: Run['rows'], provider: string | null): Promise<SetupCheckResult> {
  const checks = await Promise.all(rows.map(async ({ entry, finding }) => asCheck(entry, await finding, provider)))
  return { ok: checks.every(({ result }) => result !== 'fail'), checks }
}

/** One check under its own deadline: what it still waits for is then let go. */
async function inTime({ run }: SetupCheckEntry, options: Options, found: CheckContext['found']): Promise<Finding> {
  const deadline = AbortSignal.timeout(DEADLINE)
  const late = new Promise<ReturnType<typeof unknown>>((resolve) => {
    deadline.addEventListener('abort', () =>
      resolve(unknown(`There was no answer within ${DEADLINE / 1000} seconds: the provider is too slow.`)),
    )
  })
  const result = Promise.resolve()
    // Every check is in the table before the first one asks what another has found.
    .then(() => run(contextOf(options, deadline, found)))
    .catch((error: Error) => unknown(`We could not find out: this check itself failed (${error.name}).`))
  return Promise.race([result, late])
}

function contextOf(
  { config, provider, now }: Options,
  signal: AbortSignal,
  found: CheckContext['found'],
): CheckContext {
  const fetch: ProviderFetch = (url, request = {}) =>
    provider.fetch(url, { ...request, signal, timeout: Math.min(request.timeout ?? REQUEST_TIMEOUT, REQUEST_TIMEOUT) })
  return {
    baseUrl: config.baseUrl,
    config: config.oauth2,
    provider,
    fetch,
    providerFor: (oauth2) => createProvider(oauth2, provider.metadata, fetch),
    now,
    found,
    shared: config.shared,
  }
}
