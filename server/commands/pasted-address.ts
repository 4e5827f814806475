import { AppError } from '../errors.js'
import { type CallbackParameters, readCallback } from '../sign-in/callback.js'

/** What was pasted: the end of our sign-in, or why it can't be used. */
export type Pasted = { parameters: CallbackParameters } | { problem: string }

interface Expected {
  /** Of the sign-in under way. */
  state: string
  /** Of those before it, whose codes were used. */
  used: readonly string[]
  /** Where the sign-in begins. */
  url: string
}

const COPY = "Copy the whole address from the browser's address bar."

/** Reads the address at which a sign-in ended. Nothing is sent for an address of another sign-in. */
export function readPastedAddress(text: string, { state, used, url }: Expected): Pasted {
  const query = queryOf(text)
  if (query === null) return { problem: `That is not an address with a question mark in it. ${COPY}` }
  if (query.has('response_type') && query.has('client_id')) {
    return { problem: `That is the address where the sign-in starts. Open it: ${url}` }
  }
  const given = query.get('state')
  if (given !== null && given !== state) return { problem: otherState(given, state, used) }
  if (!query.has('code') && !query.has('error')) return { problem: `There is no code in that address. ${COPY}` }
  if (given === null) return { problem: `That address is cut off: it has no state. ${COPY}` }
  try {
    return { parameters: readCallback(grouped(query)) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { problem: `${error.message} ${COPY}` }
  }
}

/** The query, or the fragment, of an address that may have been pasted with quotes or brackets around it. */
function queryOf(text: string): URLSearchParams | null {
  const address = text.trim().replace(/^["'<]+|["'>]+$/g, '')
  const begins = address.search(/[?#]/)
  if (begins < 0) return null
  const [query = '', fragment = ''] = address.slice(begins).replace(/^\?/, '').split('#')
  return new URLSearchParams(query === '' ? fragment : query)
}

function otherState(given: string, state: string, used: readonly string[]): string {
  if (used.includes(given)) return 'That address was used already. Sign in again at the newest address above.'
  if (given !== '' && state.startsWith(given)) return `That address is cut off. ${COPY}`
  return 'That address belongs to another sign-in (its state is another one), so nothing was sent. Sign in at the address above.'
}

/** As Express reads a query: a name that comes twice has a list. */
function grouped(query: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name)
      return [name, values.length > 1 ? values : values[0]]
    }),
  )
}
