import type { Lifecycle } from '../process/shut-down.js'

/** What Ctrl+C does: it ends what waits, and lets a request that may have brought a token come to its end. */
export interface Interrupt {
  /** Aborted by the first signal. */
  signal: AbortSignal
  /** Says that this process is to end: no second refresh begins. */
  lifecycle: Lifecycle
  /** For readline, which takes Ctrl+C from the terminal itself. */
  trigger(): void
  /** Whatever `work` gives, unless the signal comes first. @throws Interrupted */
  orInterrupted<T>(work: Promise<T>): Promise<T>
}

/** Said when Ctrl+C comes while a request is under way whose answer may hold a new token. */
export const FINISHING = '\nThe request under way is finished first. Press Ctrl+C again to end at once.\n'

export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** @param leave what must be cleaned up when a second signal ends the process at once */
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
