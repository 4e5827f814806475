import { setTimeout as pause } from 'node:timers/promises'
import type { IRouter } from 'express'
import type { Provider } from '../../provider/provider.js'
import type { Records } from '../../stores/records.js'
import { methodNotAllowed } from '../guards.js'

/** What the process is about to do, told by main.ts: no longer ready once it is asked to end. */
export interface Lifecycle {
  ending: boolean
}

/** By this a process knows another one as its like (listeners.ts). */
export const SERVICE = 'offline-token-mint'

/** Whoever asks for readiness waits a second or so, not for as long as a provider may hang. */
async function tooLate(): Promise<never> {
  await pause(1_000, undefined, { ref: false })
  throw new Error("The provider's metadata has not come yet.")
}

/** Liveness, and readiness: the store can be used, the provider's metadata is there, and we are not about to end. */
export function healthRoutes(app: IRouter, records: Records, provider: Provider, lifecycle: Lifecycle): void {
  app
    .route('/healthz')
    .get((_req, res) => void res.json({ status: 'ok', service: SERVICE }))
    .all(methodNotAllowed('GET'))
  app
    .route('/readyz')
    .get(async (_req, res) => {
      const reasons: string[] = []
      if (lifecycle.ending) reasons.push('This process is about to end.')
      await records.ping().catch((error: Error) => reasons.push(error.message))
      // Not known yet is asked for; known once is enough: a provider that is down later harms no token that is here.
      if (!provider.metadata.current && !lifecycle.ending) {
        await Promise.race([provider.metadata.get(), tooLate()]).catch((error: Error) => reasons.push(error.message))
      }
      res.status(reasons.length > 0 ? 503 : 200).json({ status: reasons.length > 0 ? 'not ready' : 'ok', reasons })
    })
    .all(methodNotAllowed('GET'))
}
