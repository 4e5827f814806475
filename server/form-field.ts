import type { Request } from 'express'
import { AppError } from './errors.js'

/**
 * A field of a POST, form or JSON, with one of the values allowed; undefined when it is empty or not there.
 * @throws AppError `invalid_field`, naming the field and the values.
 */
export function choice<T extends string>(req: Request, name: string, allowed: readonly T[]): T | undefined {
  const value: unknown = req.body?.[name]
  if (value === undefined || value === '') return undefined
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  throw new AppError('invalid_field', `${name} has a value that is not allowed.`, {
    hint: `Allowed are: ${allowed.join(', ')}.`,
    extra: { field: name },
  })
}
