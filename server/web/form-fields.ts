import type { Request } from 'express'
import { AppError } from '../errors.js'

/**
 * Reads a field of a POST, from a form or JSON; undefined if it is missing.
 * @throws AppError `bad_request` for a body of another type, because we must not ignore its fields silently.
 */
export function field(req: Request, name: string): unknown {
  if (req.body === undefined && hasBody(req)) {
    throw new AppError('bad_request', 'The body is neither a form nor JSON.', {
      hint: 'Send the fields as application/x-www-form-urlencoded (curl -d) or application/json.',
      extra: { field: name },
    })
  }
  return req.body?.[name]
}

const hasBody = ({ headers }: Request) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Reads a field that has one of the allowed values; undefined if it is empty or missing.
 * @throws AppError `invalid_field`, naming the field and the values.
 */
export function choice<T extends string>(req: Request, name: string, allowed: readonly T[]): T | undefined {
  const value = field(req, name)
  if (value === undefined || value === '') return undefined
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  throw new AppError('invalid_field', `${name} has a value that is not allowed.`, {
    hint: `Use one of: ${allowed.join(', ')}.`,
    extra: { field: name },
  })
}
