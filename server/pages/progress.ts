/** The steps of a user, in order. Every page shows them, and which one it belongs to. */
const STEPS = [
  { id: 'check', title: 'Check set-up', href: '/#check' },
  { id: 'sign_in', title: 'Sign in', href: '/#sign-in' },
  { id: 'prove', title: 'Prove', href: '/profile#prove' },
  { id: 'device_config', title: 'Device config', href: '/profile#run' },
  { id: 'revoke', title: 'Later: revoke', href: '/profile#revoke' },
] as const

export type StepId = (typeof STEPS)[number]['id']

export interface Step {
  title: string
  /** null where there is nothing to go to: nobody has signed in. */
  href: string | null
  state: 'done' | 'now' | 'ahead'
}

/** @param now where one stands; null on a page that belongs to no step. */
export function progress(now: StepId | null, done: readonly StepId[], signedIn: boolean): Step[] {
  return STEPS.map(({ id, title, href }) => ({
    title,
    href: signedIn || !href.startsWith('/profile') ? href : null,
    state: id === now ? 'now' : done.includes(id) ? 'done' : 'ahead',
  }))
}
