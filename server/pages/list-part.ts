import type { Config } from '../config/config.js'
import type { ProviderFacts } from '../provider/facts.js'
import { type ListItem, listed, nameOf, type TokenList } from '../tokens/token-list.js'

/** What the page of one token says about the session's others. */
export interface ListPart {
  id: string
  label: string | null
  /** From the second token on: how many there are, and what they are called. */
  line: { count: number; shown: string | null; others: OtherToken[]; more: number } | null
  /** The others of the same session at the provider, which end together with this one; null where there are none. */
  sharesWith: string | null
  /** Where the person signs out at the provider, so that the next token gets a session of its own. */
  endSession: string | null
  leftAnother: boolean
  /** Where to begin the next sign-in, which keeps the place and goes on with the label's number. */
  mintNext: string
  /** On a shared site: when the list is removed at the latest, `HH:MM UTC`. */
  removedAt: string | null
  /** Seconds until this session ends at the latest. */
  secondsLeft: number
}

/** A link to another token of the list. */
interface OtherToken {
  id: string
  name: string
  /** What separates it from the one before. */
  before: '' | ', '
}

const NAMED_AT_MOST = 5

/** Up to three names, and how many more there are; null for none. */
export function fewNames(names: readonly string[]): string | null {
  if (names.length === 0) return null
  const more = names.length - 3
  return names.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** @param id of the token that is shown. @param place where it will run, as the page was asked */
export function listPart(
  config: Config,
  { end_session_endpoint }: Pick<ProviderFacts, 'end_session_endpoint'>,
  list: TokenList,
  id: string,
  { now, place }: { now: number; place: string | null },
): ListPart {
  const items = listed(list)
  const shown = list.items.find((item) => item.id === id)
  const others = items.filter((item) => item.id !== id).toReversed()
  const shared = others.filter(({ session }) => session !== null && session === shown?.session)
  const named = (item: ListItem, i: number): OtherToken => ({ id: item.id, name: nameOf(item), before: i ? ', ' : '' })
  const query = new URLSearchParams({ next: id, ...(place !== null && { place }) })
  return {
    id,
    label: shown?.label ?? null,
    line:
      others.length === 0
        ? null
        : {
            count: items.length,
            shown: shown?.listed ? nameOf(shown) : null,
            others: others.slice(0, NAMED_AT_MOST).map(named),
            more: Math.max(0, others.length - NAMED_AT_MOST),
          },
    sharesWith: fewNames(shared.map(nameOf)),
    endSession: end_session_endpoint,
    leftAnother: list.leftAnother,
    mintNext: `/auth/oauth2?${query}`,
    removedAt: config.shared ? `${new Date(list.ends).toISOString().slice(11, 16)} UTC` : null,
    secondsLeft: Math.round((list.ends - now) / 1000),
  }
}
