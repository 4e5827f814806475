import type { Lifecycle } from '../process/shut-down.js'

/** Handles Ctrl+C: it stops waiting, but lets a request that may return a token finish. */
export interface Interrupt {
  /** Aborted by the first signal. */
  signal: AbortSignal
  /** Whether this process is ending: then no second refresh begins. */
  lifecycle: Lifecycle
  /** Called by readline, which reads Ctrl+C from the terminal itself. */
  trigger(): void
  /** Returns the result of `work`, unless the signal comes first. @throws Interrupted */
  orInterrupted<T>(work: Promise<T>): Promise<T>
}

/** Said when Ctrl+C comes while a request is under way whose answer may hold a new token. */
export const FINISHING = '\nWaiting for the answer to the last request. Press Ctrl+C again to stop at once.\n'

export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** @param leave cleans up when a second signal ends the process at once */
export function createInterrupt(process: NodeJS.Process, leave: () => void, exitCode: number): Interrupt {
  const controller = new AbortController()
  const lifecycle: Lifecycle = { ending: false }
  const trigger = () => {
    if (lifecycle.ending) {
      leave()
      process.exit(exitCode)
    }
    lifecycle.ending = true
    controller.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, trigger)
  const aborted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(new Interrupted('interrupted')), { once: true })
  })
  aborted.catch(() => {})
  return { signal: controller.signal, lifecycle, trigger, orInterrupted: (work) => Promise.race([work, aborted]) }
}
