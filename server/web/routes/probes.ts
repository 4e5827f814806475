import { setTimeout as pause } from 'node:timers/promises'
import { Router } from 'express'
import type { Config } from '../../config/config.js'
import { SERVICE } from '../../process/port-squatters.js'
import { methodNotAllowed } from '../guards.js'
import type { Dependencies } from '../site.js'

/** A readiness probe must answer in about a second, even if the provider hangs. */
async function tooLate(): Promise<never> {
  await pause(1_000, undefined, { ref: false })
  throw new Error("The provider's metadata has not arrived yet.")
}

/** Answers the probes for liveness and readiness. Ready means: the store works, the provider's metadata is loaded, and this process is not ending. */
export function probes({ shared }: Config, { records, provider, lifecycle }: Dependencies): Router {
  const routes = Router()
  routes
    .route('/healthz')
    .get((_req, res) => void res.json({ status: 'ok', service: SERVICE }))
    .all(methodNotAllowed('GET'))
  routes
    .route('/readyz')
    .get(async (_req, res) => {
      const reasons: string[] = []
      if (lifecycle.ending) reasons.push('This process is about to end.')
      await records.ping().catch((error: Error) => reasons.push(error.message))
      // Metadata that was loaded once is enough: a provider that fails later does not harm the tokens of this process.
      if (!provider.metadata.current && !lifecycle.ending) {
        await Promise.race([provider.metadata.get(), tooLate()]).catch((error: Error) => reasons.push(error.message))
      }
      const ready = reasons.length === 0
      // Anyone can ask on a shared site, and the reasons name the provider and the store.
      res.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'not ready', reasons: shared ? [] : reasons })
    })
    .all(methodNotAllowed('GET'))
  return routes
}
