import { createHash } from 'node:crypto'

/** Returns the first 8 hex digits of a token's SHA-256. It identifies the token in logs, files and pages without revealing it. */
export const fingerprint = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 8)
