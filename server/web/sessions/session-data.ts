import type { SessionData } from 'express-session'

type Kept = keyof Omit<SessionData, 'cookie'>

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown) => typeof value === 'string'
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText)
const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value)

const isInspector = (value: unknown) =>
  isObject(value) && isTime(value.since) && (value.subject === null || isText(value.subject))

/** The members of a session, and a check of each member's type. */
const MEMBERS: Record<Kept, (value: unknown) => boolean> = {
  browser: isText,
  signIns: isTexts,
  began: isTime,
  callbacks: isTexts,
  handedOver: isText,
  list: isText,
  inspects: isInspector,
}

/**
 * Reads a stored session. Another program may have written something else into Redis: then there is no session, and no error.
 */
export function readSessionData(json: string): SessionData | null {
  const data = parsed(json)
  if (!isObject(data) || !isObject(data.cookie)) return null
  const kept = Object.entries(MEMBERS).filter(([name]) => data[name] !== undefined)
  if (kept.some(([name, fits]) => !fits(data[name]))) return null
  return {
    ...Object.fromEntries(kept.map(([name]) => [name, data[name]])),
    cookie: { originalMaxAge: null, path: '/', httpOnly: true, sameSite: 'lax', secure: data.cookie.secure === true },
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
