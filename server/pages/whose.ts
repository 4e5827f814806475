import type { Entry } from '../tokens/entry.js'

/** Whose token it is: one sentence around the name. */
export interface Whose {
  before: string
  name: string | null
  after: string
}

/** Says who a token belongs to. What a pasted token says about itself does not count until the provider has named the user. */
export function whose({ origin, who, who_claimed }: Entry, provider: string): Whose {
  const name = who.username ?? who.email ?? who.subject
  if (origin === 'sign_in')
    return { before: 'Minted for', name: name ?? 'someone the provider does not name', after: ` at ${provider}.` }
  if (name === null) return { before: "The token you pasted. It doesn't say who it belongs to.", name, after: '' }
  return who_claimed
    ? { before: 'The token you pasted. It says it belongs to', name, after: '.' }
    : { before: 'The token you pasted. It belongs to', name, after: ` at ${provider}.` }
}
