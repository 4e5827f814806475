import type { Entry } from '../tokens/entry.js'

/** The steps of a user, in order. Every page shows them, and marks its own step. */
const STEPS = [
  { id: 'check', title: 'Check set-up', href: '/#check' },
  { id: 'sign_in', title: 'Sign in', href: '/#sign-in' },
  { id: 'prove', title: 'Test', href: '#prove' },
  { id: 'device_config', title: 'Device config', href: '#run' },
  { id: 'revoke', title: 'Later: revoke', href: '#revoke' },
] as const

export type StepId = (typeof STEPS)[number]['id']

export interface Step {
  title: string
  /** null before the sign-in, when the step has no page yet. */
  href: string | null
  state: 'done' | 'now' | 'ahead'
}

/** The steps that are done for these tokens; a new test is due where the tested one is dead. */
export const stepsDone = (entries: Entry[]): StepId[] => [
  'check',
  'sign_in',
  ...(entries.some(({ proof, dead }) => proof && !dead) ? (['prove'] as const) : []),
  ...(entries.some(({ downloads }) => downloads.length > 0) ? (['device_config'] as const) : []),
]

/**
 * @param now the step of the page; null on a page that belongs to no step
 * @param id of the token that the page is about; without it, the links go to the latest
 */
export function progress(now: StepId | null, done: readonly StepId[], signedIn: boolean, id?: string): Step[] {
  const profile = id === undefined ? '/profile' : `/profile?id=${id}`
  return STEPS.map(({ id, title, href }) => ({
    title,
    href: href.startsWith('/') ? href : signedIn ? profile + href : null,
    state: id === now ? 'now' : done.includes(id) ? 'done' : 'ahead',
  }))
}
