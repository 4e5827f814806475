import type { Request } from 'express'
import { PLACES } from '../device-config/places.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { NextDevice } from '../sign-in/sign-ins-under-way.js'
import { nextLabel } from '../tokens/next-label.js'
import { choiceInAddress } from './form-fields.js'

const PROMPTS = ['login', 'consent', 'select_account']

/** Reads OpenID Connect's `prompt` from the query; undefined if it is missing. @throws AppError `invalid_field` */
export const promptOf = (req: Request, { switchUser = 'login' }: Preset): string | undefined =>
  choiceInAddress(req, 'prompt', [...new Set([...PROMPTS, switchUser])])

/** Whether the sign-in is only to inspect a token (`for=inspect`). @throws AppError `invalid_field` */
export const isToInspect = (req: Request): boolean => choiceInAddress(req, 'for', ['inspect']) !== undefined

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
