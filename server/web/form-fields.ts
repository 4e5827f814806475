import type { Request } from 'express'
import { AppError } from '../errors.js'

/**
 * A field of a POST, form or JSON; undefined when it is not there.
 * @throws AppError `bad_request` when there is a body of another type: what it asks for must not be left out in silence.
 */
export function field(req: Request, name: string): unknown {
  if (req.body === undefined && hasBody(req)) {
    throw new AppError('bad_request', 'The fields came neither as a form nor as JSON.', {
      hint: 'Send them as application/x-www-form-urlencoded (curl -d) or application/json.',
      extra: { field: name },
    })
  }
  return req.body?.[name]
}

const hasBody = ({ headers }: Request) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * A field with one of the values allowed; undefined when it is empty or not there.
 * @throws AppError `invalid_field`, naming the field and the values.
 */
export function choice<T extends string>(req: Request, name: string, allowed: readonly T[]): T | undefined {
  const value = field(req, name)
  if (value === undefined || value === '') return undefined
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  throw new AppError('invalid_field', `${name} has a value that is not allowed.`, {
    hint: `Allowed are: ${allowed.join(', ')}.`,
    extra: { field: name },
  })
}
