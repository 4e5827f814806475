import { type SentValues, withoutSent } from './sent-values.js'
import { cut } from './text.js'

/** Something odd in an answer that was kept all the same. */
export interface Remark {
  /** The member it is about, or `status`, `content-type` or `date`. */
  member: string
  /** One sentence. */
  message: string
}

export interface Remarks {
  add(member: string, message: string): void
  readonly list: Remark[]
}

const AT_MOST = 20

/** Remarks on one answer. @param secret what no message may hold: the tokens that came, and what was sent */
export function createRemarks(secret: SentValues): Remarks {
  const list: Remark[] = []
  return {
    add(member, message) {
      if (list.length < AT_MOST) list.push({ member, message: cut(withoutSent(message, secret)) })
    },
    list,
  }
}

const SHOWN_AT_MOST = 40

/** What a member is instead of what was expected: "is missing", "is null", "is "mac"". */
export function whatIs(value: unknown): string {
  if (value === undefined) return 'is missing'
  if (value === null) return 'is null'
  if (value === '') return 'is empty'
  if (Array.isArray(value)) return 'is a list'
  if (typeof value === 'object') return 'is an object'
  const text = String(value)
  const shown = text.length > SHOWN_AT_MOST ? `${text.slice(0, SHOWN_AT_MOST)}…` : text
  return typeof value === 'string' ? `is "${shown}"` : `is ${shown}`
}
