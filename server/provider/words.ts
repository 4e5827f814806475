import { objectIn, type ReadAnswer } from './read-answer.js'
import { type SentValues, withoutSent } from './sent-values.js'
import { cut, text } from './text.js'

/** The provider's text in a refusal, safe to show: without the values that we sent. */
export interface Words {
  /** Its error code, if that is a string (RFC 6749 §5.2). */
  error: string | null
  description: string | null
}

const TITLE_AT_MOST = 100

/** Finds the text in a refusal of any shape; null if there is none. */
export function wordsOf(answer: ReadAnswer, sent: SentValues): Words | null {
  const raw = answer.members ? wordsInMembers(answer.members) : wordsElsewhere(answer)
  const error = shown(raw.error, sent)
  const description = shown(raw.description, sent)
  return error === null && description === null ? null : { error, description }
}

const shown = (text: string | null, sent: SentValues): string | null => {
  const told = text === null ? '' : cut(withoutSent(text, sent)).trim()
  return told === '' ? null : told
}

function wordsElsewhere(answer: ReadAnswer): Words {
  if (answer.body === 'a web page') return { error: null, description: titleOf(answer.text) }
  const first = answer.body === 'a list' ? objectIn((JSON.parse(answer.text) as unknown[])[0]) : null
  return first ? wordsInMembers(first) : { error: null, description: null }
}

/**
 * RFC 6749 §5.2; an `error` that is an object (Google, Facebook); `message`, `errors` (Strava, JSON:API), `errmsg`, and
 * `title` and `detail` (RFC 9457).
 */
function wordsInMembers(members: Record<string, unknown>): Words {
  const inner = objectIn(members.error)
  const [first] = Array.isArray(members.errors) ? members.errors : []
  const code =
    text(members.error) ?? text(inner?.code) ?? text(inner?.error) ?? text(members.code) ?? text(members.errorCode)
  const described = text(members.error_description) ?? text(inner?.error_description)
  const others = [
    text(inner?.message),
    text(members.message),
    errorText(first),
    text(members.errmsg),
    text(members.title),
    text(members.detail),
  ]
  const told = described ?? [...new Set(others.filter((one) => one !== null && one !== code))].join(': ')
  return { error: code, description: text(told) }
}

/** Reads one of several errors: a text, or an object with what, where and why (Strava: `RefreshToken refresh_token invalid`). */
function errorText(error: unknown): string | null {
  if (typeof error === 'string') return text(error)
  const one = objectIn(error)
  if (!one) return null
  const said = text(one.message) ?? text(one.detail) ?? text(one.title)
  return said ?? text(['resource', 'field', 'code'].flatMap((name) => text(one[name]) ?? []).join(' '))
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' }

/** Finds the title of a web page: at most 100 characters. */
export function titleOf(html: string): string | null {
  const title = /<title[^>]{0,200}>([^<]{1,2000})/i.exec(html.slice(0, 100_000))?.[1]
  if (title === undefined) return null
  const plain = title.replace(/&(amp|lt|gt|quot|#39|nbsp);/gi, (_, name: string) => ENTITIES[name.toLowerCase()] ?? ' ')
  return text(plain.replace(/\s+/g, ' ').trim().slice(0, TITLE_AT_MOST))
}
