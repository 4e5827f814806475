import { AppError } from '../errors.js'

/** The parameters of a callback (RFC 6749 §4.1.2, RFC 9207): exactly one of code and error. */
export interface CallbackParameters {
  state: string | null
  iss: string | null
  code: string | null
  error: string | null
  error_description: string | null
}

const NAMES = ['state', 'iss', 'code', 'error', 'error_description'] as const

/** RFC 6749 Appendix A: codes, states and errors are printable ASCII. */
const PRINTABLE = /^[\x20-\x7e]+$/

/** Reads the parameters. @throws AppError `invalid_callback` if one is repeated, unreadable or missing. */
export function readCallback(query: Record<string, unknown>): CallbackParameters {
  const read = Object.fromEntries(NAMES.map((name) => [name, single(query[name], name)]))
  const parameters = read as unknown as CallbackParameters
  if ((parameters.code === null) === (parameters.error === null)) {
    throw refuse(parameters.code === null ? 'It has neither a code nor an error.' : 'It has both a code and an error.')
  }
  return parameters
}

function single(value: unknown, name: string): string | null {
  if (value === undefined || value === '') return null
  if (typeof value !== 'string') throw refuse(`It has ${name} more than once.`)
  if (name !== 'error_description' && !PRINTABLE.test(value)) throw refuse(`Its ${name} is not printable text.`)
  return value
}

const refuse = (what: string) =>
  new AppError('invalid_callback', `The provider opens this address at the end of a sign-in. ${what}`, {
    hint: 'Start the sign-in again from the home page.',
  })
