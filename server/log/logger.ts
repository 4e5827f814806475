import { type DestinationStream, type Logger, pino } from 'pino'

/** Lines go out together, 4 KiB or a tenth of a second at a time; at the end of the process, what is left. */
const GATHERED = { sync: false, minLength: 4096, periodicFlush: 100 }

/**
 * Writes JSON lines, or lines for people. Fields are named one by one where they are logged: no request, error or token as a whole ever
 * gets here.
 */
export function createLogger(level: string, destination: DestinationStream = pino.destination(GATHERED)): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}
