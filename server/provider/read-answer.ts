import type { Answer } from './answer.js'
import { retryAfter } from './retry-after.js'

/** An answer that has been read but not yet judged. */
export interface ReadAnswer {
  status: number
  /** `type/subtype` in lower case; null if it is missing. */
  contentType: string | null
  text: string
  /** The members of a JSON object, or of a form if the content type says so; null for anything else. */
  members: Record<string, unknown> | null
  /** What the body is, in words. */
  body:
    | 'nothing'
    | 'an object'
    | 'a form'
    | 'a list'
    | 'a text'
    | 'a number'
    | 'true, false or null'
    | 'a web page'
    | 'no JSON'
  /** Seconds until the provider accepts another request. */
  retryAfter: number | undefined
  /** The provider's clock (RFC 9110 §6.6.1), in milliseconds since the epoch. */
  date: number | null
}

/** Reads an answer. A body that parses as JSON is JSON, whatever the content type says. */
export async function readAnswer(answer: Answer, now: number): Promise<ReadAnswer> {
  const text = (await answer.text()).replace(/^\ufeff/, '')
  const contentType = mediaType(answer.headers.get('content-type'))
  const date = Date.parse(answer.headers.get('date') ?? '')
  return {
    status: answer.status,
    contentType,
    text,
    ...readBody(text, contentType),
    retryAfter: retryAfter(answer.headers.get('retry-after'), Number.isNaN(date) ? now : date),
    date: Number.isNaN(date) ? null : date,
  }
}

/** Whether the status means a success that can have a body (RFC 9110 §15.3). */
export const isSuccess = ({ status }: Pick<ReadAnswer, 'status'>): boolean =>
  status >= 200 && status < 300 && status !== 204 && status !== 205

function readBody(text: string, contentType: string | null): Pick<ReadAnswer, 'members' | 'body'> {
  if (text.trim() === '') return { members: null, body: 'nothing' }
  const parsed = parse(text)
  if (parsed !== undefined) {
    const members = objectIn(parsed)
    return { members, body: kindOf(parsed) }
  }
  if (contentType === 'application/x-www-form-urlencoded') {
    return { members: Object.fromEntries(new URLSearchParams(text)), body: 'a form' }
  }
  return { members: null, body: contentType?.includes('html') || /^\s*</.test(text) ? 'a web page' : 'no JSON' }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const objectIn = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null

function kindOf(value: unknown): ReadAnswer['body'] {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'string') return 'a text'
  return typeof value === 'number' ? 'a number' : 'true, false or null'
}

const mediaType = (header: string | null): string | null =>
  /^\s*([\w.+-]{1,60}\/[\w.+-]{1,60})\s*(?:;|$)/.exec(header ?? '')?.[1]?.toLowerCase() ?? null

const NAME = /^[A-Za-z0-9_.:-]{1,40}$/
const NAMED_AT_MOST = 20

/** Lists the names of an answer's members that are safe to show, without those that look like a value. */
export const memberNames = ({ members }: Pick<ReadAnswer, 'members'>): string[] =>
  Object.keys(members ?? {})
    .filter((name) => NAME.test(name))
    .slice(0, NAMED_AT_MOST)

/** Describes the answer in one clause, without its values. */
export function whatCame(answer: ReadAnswer): string {
  const names = memberNames(answer)
  const type = answer.contentType === null ? 'without a content type' : `as ${answer.contentType}`
  const has =
    answer.members === null ? '' : names.length > 0 ? ` with the members ${names.join(', ')}` : ' without members'
  return `answered ${answer.status} with ${answer.body}${has}, sent ${type}`
}

/** Describes an answer's shape for the log: names, types and sizes, never a value. */
export const shapeOf = (answer: ReadAnswer) => ({
  status: answer.status,
  contentType: answer.contentType,
  body: answer.body,
  characters: answer.text.length,
  members: Object.fromEntries(memberNames(answer).map((name) => [name, typeName(answer.members?.[name])])),
})

const typeName = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
