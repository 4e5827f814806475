import type { Config } from '../config/config.js'
import { shown } from '../proof/shown.js'
import type { ProviderFacts } from '../provider/facts.js'
import { type ListRow, listRows } from '../token-list/rows.js'
import type { OpenedList } from '../tokens/entries.js'
import { LISTED_AT_MOST, type ListItem, nameOf } from '../tokens/token-list.js'
import { fewNames } from './list-part.js'
import { progress, type Step, stepsDone } from './progress.js'
import { verdictWords } from './verdict-words.js'
import { type Moment, moment, providerName } from './words.js'

/** The list of the session's tokens. */
export interface ListPage {
  progress: Step[]
  providerName: string
  rows: ListPageRow[]
  /** The list holds as many as it can. */
  full: boolean
  /** Another person signed in here, and the list before was left. */
  leftAnother: boolean
}

interface ListPageRow extends Pick<ListRow, 'id' | 'label' | 'fingerprint' | 'downloaded_fingerprint' | 'file'> {
  /** Its label, else its number. */
  name: string
  who: string
  pasted: boolean
  word: string
  tone: string
  minted: Moment | null
  ends: Moment | null
  useBefore: Moment | null
  /** The others of the same session at the provider that still work; null where there are none. */
  sharesWith: string | null
  /** When a sign-in or the user gave this token once more. */
  cameAgain: Moment | null
}

export function listPage(config: Config, facts: ProviderFacts, opened: OpenedList, now: number): ListPage {
  const { preset } = facts
  const rows = listRows(config, preset, opened)
  const called = ({ id }: ListRow) => nameOf(opened.list.items.find((item) => item.id === id) as ListItem)
  return {
    progress: progress(null, stepsDone(opened.entries.map(({ entry }) => entry)), true),
    providerName: providerName(config, preset),
    full: rows.length >= LISTED_AT_MOST,
    leftAnother: opened.list.leftAnother,
    rows: rows.flatMap((row) => {
      const entry = opened.entries.find(({ id }) => id === row.id)?.entry
      if (!entry) return []
      const { id, label, fingerprint, downloaded_fingerprint, file } = row
      const { word, tone } = verdictWords(shown(config, facts, entry, now))
      const dead = isDead(row)
      const others = dead ? [] : rows.filter((other) => other !== row && sameSession(other, row) && !isDead(other))
      return {
        ...{ id, label, fingerprint, downloaded_fingerprint, file, word, tone },
        name: called(row),
        who: entry.who.username ?? entry.who.email ?? entry.who.subject ?? 'unknown',
        pasted: entry.origin === 'brought',
        minted: moment(entry.minted_at, now),
        ends: dead ? null : moment(entry.refresh_token_expires_at, now),
        useBefore: dead ? null : moment(time(row.use_before), now),
        sharesWith: fewNames(others.map(called)),
        cameAgain: moment(entry.came_again_at, now),
      }
    }),
  }
}

const isDead = ({ verdict }: ListRow) => verdict === 'invalid'

const sameSession = (a: ListRow, b: ListRow) => a.session !== null && a.session === b.session

const time = (iso: string | null) => (iso === null ? null : Date.parse(iso))
