import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'

/** Whether the process is ending, for the probe `/readyz`. */
export interface Lifecycle {
  ending: boolean
}

interface Running {
  servers: Server[]
  /** Resolves when no token request is running and every token is saved. */
  idle(): Promise<void>
  lifecycle: Lifecycle
  logger: Logger
  close(): Promise<void>
}

/** Time for the load balancer to see that we are no longer ready, in milliseconds. */
const NOTICE = 1_000
const DRAIN_AT_MOST = 12_000
/** Together with the drain longer than a token request and its save can take: the process ends within 40 s. */
const TOKEN_REQUESTS_AT_MOST = 23_000
/** Time for the last answers. */
const ANSWER_AT_MOST = 1_000
const CLOSE_AT_MOST = 1_000

/**
 * Ends the process on SIGTERM or SIGINT: it is no longer ready, accepts no new connections, finishes and saves running refreshes, and
 * exits with 0. A second signal ends it at once. An uncaught error ends it with 1; the log gets its name but not its message.
 */
export function shutDownOn(process: NodeJS.Process, running: Running): void {
  const { logger, lifecycle } = running
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (lifecycle.ending) process.exit(1)
      lifecycle.ending = true
      logger.info({ signal }, 'ending')
      end(running).then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      const { name, code, stack } = (error ?? {}) as { name?: string; code?: string; stack?: string }
      logger.fatal({ event, cause: name, causeCode: code, at: stack?.match(/^ {4}at .*$/gm)?.slice(0, 10) }, 'crashed')
      process.exit(1)
    })
  }
}

async function end({ servers, idle, close }: Running): Promise<void> {
  // A client that keeps its connection must open a new one, to another replica.
  for (const server of servers) {
    server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'))
  }
  await pause(NOTICE)
  const drained = drain(servers)
  await Promise.race([drained.then(() => idle()), pause(DRAIN_AT_MOST)])
  // Wait for running token requests; the others had enough time.
  const ended = idle().then(() => Promise.race([drained, pause(ANSWER_AT_MOST)]))
  await Promise.race([ended, pause(TOKEN_REQUESTS_AT_MOST)])
  await Promise.race([close(), pause(CLOSE_AT_MOST)])
}

/** Resolves when every request has been answered and every connection is closed. */
async function drain(servers: Server[]): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  // A connection whose request began before the signal would stay open after its answer, so we close it.
  const idle = setInterval(() => {
    for (const server of servers) server.closeIdleConnections()
  }, 100)
  await Promise.all(closed)
  clearInterval(idle)
}
