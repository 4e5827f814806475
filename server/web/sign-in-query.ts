import type { Request } from 'express'
import { PLACES } from '../device-config/places.js'
import { AppError } from '../errors.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { NextDevice } from '../sign-in/sign-ins-under-way.js'
import { nextLabel } from '../tokens/next-label.js'

const PROMPTS = ['login', 'consent', 'select_account']

/** Reads OpenID Connect's `prompt` from the query; undefined if it is missing. @throws AppError `invalid_field` */
export function promptOf({ query }: Request, { switchUser }: Preset): string | undefined {
  const { prompt } = query
  if (prompt === undefined) return undefined
  const allowed = switchUser === undefined ? PROMPTS : [...new Set([...PROMPTS, switchUser])]
  const found = allowed.find((one) => one === prompt)
  if (found !== undefined) return found
  throw new AppError('invalid_field', 'prompt has a value that is not allowed.', {
    hint: `Use one of: ${allowed.join(', ')}.`,
    extra: { field: 'prompt' },
  })
}

/** Prepares "Mint the next one": the label gets the next number, and the place stays. */
export function nextDevice({ query, user }: Request): NextDevice {
  const items = user?.items ?? []
  const before = items.find(({ id }) => id === query.next)
  return {
    label: nextLabel(
      before?.label ?? null,
      items.map(({ label }) => label),
    ),
    place: PLACES.find(({ id }) => id === query.place)?.id ?? null,
  }
}
