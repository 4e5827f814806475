import { randomBytes } from 'node:crypto'

/** A session's list of tokens, without the tokens: what a page says about the others beside the one that it shows. */
export interface TokenList {
  /** Never leaves the server: whoever has it can name the list. */
  id: string
  version: number
  /** Who signed in (claim `sub`); null where no provider said it. */
  subject: string | null
  /** Another person's sign-in at this browser left the list before this one. */
  leftAnother: boolean
  /** Milliseconds since the epoch: when it ends at the latest. */
  ends: number
  /** In the order in which they were added. */
  items: ListItem[]
}

export interface ListItem {
  /** 8 characters, not secret, worth nothing outside the session. */
  id: string
  label: string | null
  /** 1 for the first token of its list, and so on. */
  number: number
  /** False for a sign-in that brought no refresh token: it is shown, but neither listed nor counted. */
  listed: boolean
  /** The provider's session (`sid`): ending one token of a session ends the others. */
  session: string | null
}

/** What a list holds at most; only a sign-in that is back from the provider may add one more. */
export const LISTED_AT_MOST = 50

export const listed = ({ items }: Pick<TokenList, 'items'>): ListItem[] => items.filter(({ listed }) => listed)

/** How a page calls a token. */
export const nameOf = ({ label, number }: Pick<ListItem, 'label' | 'number'>): string => label ?? `token ${number}`

export const newListId = (): string => randomBytes(24).toString('base64url')

export const newEntryId = (): string => randomBytes(6).toString('base64url')
