import { randomBytes } from 'node:crypto'

/** A session's list without the tokens themselves: enough for a page to name the other tokens. */
export interface TokenList {
  /** Never leaves the server, because this id is enough to read the list. */
  id: string
  version: number
  /** Who signed in (claim `sub`); null if the provider did not say it. */
  subject: string | null
  /** Whether another person's list in this browser ended before this one. */
  leftAnother: boolean
  /** When the list expires at the latest, in milliseconds since the epoch. */
  ends: number
  /** The entries, the latest last. */
  items: ListItem[]
}

export interface ListItem {
  /** 8 characters. It is not a secret: it means nothing outside the session. */
  id: string
  label: string | null
  /** 1 for the first token of its list, and so on. */
  number: number
  /** False for a sign-in without a refresh token: its page is shown, but the list leaves it out. */
  listed: boolean
  /** The provider's session (`sid`): ending one token of a session ends the others. */
  session: string | null
}

/** The most tokens of a list. Only a sign-in that was already at the provider can add one more. */
export const LISTED_AT_MOST = 50

export const listed = ({ items }: Pick<TokenList, 'items'>): ListItem[] => items.filter(({ listed }) => listed)

/** Names a token on a page. */
export const nameOf = ({ label, number }: Pick<ListItem, 'label' | 'number'>): string => label ?? `token ${number}`

export const newListId = (): string => randomBytes(24).toString('base64url')

export const newEntryId = (): string => randomBytes(6).toString('base64url')
