import { type SentValues, withoutSent } from './sent-values.js'
import { cut } from './text.js'

/** Something unusual in an answer that we accepted. */
export interface Remark {
  /** The member, or `status`, `content-type` or `date`. */
  member: string
  /** One sentence. */
  message: string
}

export interface Remarks {
  add(member: string, message: string): void
  readonly list: Remark[]
}

const AT_MOST = 20

/** Collects remarks on one answer. @param secret values that no message may contain: its tokens, and what we sent */
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

/** Describes an unexpected member: "is missing", "is null", "is "mac"". */
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
