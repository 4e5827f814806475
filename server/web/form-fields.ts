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
  return oneValue(req.body, name)
}

/** Reads a parameter of the address; undefined if it is missing. */
export const parameter = ({ query }: Request, name: string): unknown => oneValue(query, name)

/** @throws AppError `invalid_field` for a list in the style of PHP (`id[]=…`): ignoring it would mean another token */
function oneValue(sent: Record<string, unknown> | undefined, name: string): unknown {
  if (Object.keys(sent ?? {}).some((key) => key.startsWith(`${name}[`))) {
    throw notAllowed(name, `Write ${name}=VALUE, once and without brackets.`)
  }
  return sent?.[name]
}

const hasBody = ({ headers }: Request) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Reads a field that has one of the allowed values; undefined if it is empty or missing.
 * @throws AppError `invalid_field`, naming the field and the values.
 */
export function choice<T extends string>(req: Request, name: string, allowed: readonly T[]): T | undefined {
  const value = field(req, name)
  return value === '' ? undefined : oneOf(value, name, allowed)
}

/** The same for a parameter of the address, which may not be empty. */
export const choiceInAddress = <T extends string>(req: Request, name: string, allowed: readonly T[]): T | undefined =>
  oneOf(parameter(req, name), name, allowed)

function oneOf<T extends string>(value: unknown, name: string, allowed: readonly T[]): T | undefined {
  const found = allowed.find((one) => one === value)
  if (value === undefined || found !== undefined) return found
  throw notAllowed(name, `Use one of: ${allowed.join(', ')}.`)
}

const notAllowed = (name: string, hint: string) =>
  new AppError('invalid_field', `${name} has a value that is not allowed.`, { hint, extra: { field: name } })
