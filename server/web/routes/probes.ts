import { setTimeout as pause } from 'node:timers/promises'
import { Router } from 'express'
import type { Config } from '../../config/config.js'
import { SERVICE } from '../../process/port-squatters.js'
import { methodNotAllowed } from '../guards.js'
import type { Dependencies } from '../site.js'

/** Whoever asks for readiness waits a second or so, not for as long as a provider may hang. */
async function tooLate(): Promise<never> {
  await pause(1_000, undefined, { ref: false })
  throw new Error("The provider's metadata has not come yet.")
}

/** Liveness, and readiness: the store can be used, the provider's metadata is there, and we are not about to end. */
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
      // Not known yet is asked for; known once is enough: a provider that is down later harms no token that is here.
      if (!provider.metadata.current && !lifecycle.ending) {
        await Promise.race([provider.metadata.get(), tooLate()]).catch((error: Error) => reasons.push(error.message))
      }
      const ready = reasons.length === 0
      // Strangers can ask, and the reasons name the provider and the store.
      res.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'not ready', reasons: shared ? [] : reasons })
    })
    .all(methodNotAllowed('GET'))
  return routes
}
