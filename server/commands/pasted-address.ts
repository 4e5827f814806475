import { AppError } from '../errors.js'
import { type CallbackParameters, readCallback } from '../sign-in/callback.js'

/** The pasted address: the end of our sign-in, or why we can't use it. */
export type Pasted = { parameters: CallbackParameters } | { problem: string }

interface Expected {
  /** `state` of the current sign-in. */
  state: string
  /** `state` of earlier sign-ins, whose codes were used. */
  used: readonly string[]
  /** The address where the sign-in starts. */
  url: string
}

const COPY = "Copy the whole address from the browser's address bar."

/** Reads the address at the end of a sign-in. For an address of another sign-in, we send nothing. */
export function readPastedAddress(text: string, { state, used, url }: Expected): Pasted {
  const query = queryOf(text)
  if (query === null) return { problem: `That is not the right address: it has no question mark. ${COPY}` }
  if (query.has('response_type') && query.has('client_id')) {
    return { problem: `That is the address where the sign-in starts. Open it: ${url}` }
  }
  const given = query.get('state')
  if (given !== null && given !== state) return { problem: otherState(given, state, used) }
  if (!query.has('code') && !query.has('error')) return { problem: `That address has no code. ${COPY}` }
  if (given === null) return { problem: `That address is cut off: it has no state. ${COPY}` }
  try {
    return { parameters: readCallback(grouped(query)) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { problem: `${error.message} ${COPY}` }
  }
}

/** Reads the query or the fragment of an address, which may have quotes or brackets around it. */
function queryOf(text: string): URLSearchParams | null {
  const address = text.trim().replace(/^["'<]+|["'>]+$/g, '')
  const begins = address.search(/[?#]/)
  if (begins < 0) return null
  const [query = '', fragment = ''] = address.slice(begins).replace(/^\?/, '').split('#')
  return new URLSearchParams(query === '' ? fragment : query)
}

function otherState(given: string, state: string, used: readonly string[]): string {
  if (used.includes(given))
    return 'You pasted that address before, and it works only once. Sign in again at the newest address above.'
  if (given !== '' && state.startsWith(given)) return `That address is cut off. ${COPY}`
  return 'That address belongs to another sign-in (its state differs), so we sent nothing. Sign in at the address above.'
}

/** Reads a query like Express: a name that appears twice has a list. */
function grouped(query: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name)
      return [name, values.length > 1 ? values : values[0]]
    }),
  )
}
