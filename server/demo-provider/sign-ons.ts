import { createHash, randomBytes, randomUUID } from 'node:crypto'

/** Seconds that a sign-in is remembered while nothing uses it (Keycloak: SSO Session Idle). */
export const SESSION_IDLE = 1800
/** Seconds that a sign-in is remembered at most (Keycloak: SSO Session Max). */
export const SESSION_MAX = 36_000

/** As many sign-ins are remembered; then the one that was used least recently ends. Only people who signed in can fill this. */
const CAPACITY = 5_000

/** A person who signed in, in one browser. All tokens minted there share the `sid`. */
export interface SignOn {
  sid: string
  sub: string
  /** The grant that tokens of this sign-on belong to; a new one follows when it was revoked. */
  grantId: string
  /** Milliseconds since the epoch when the password was last entered. */
  authenticatedAt: number
}

interface Remembered {
  key: string
  signOn: SignOn
  startedAt: number
  usedAt: number
}

/** The sign-ins that browsers remember, each under the secret value of its cookie. */
export class SignOns {
  readonly #clock: () => number
  readonly #byKey = new Map<string, Remembered>()
  readonly #bySid = new Map<string, Remembered>()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Returns the sign-on of this cookie and counts that as a use; null when it ended. */
  open(key: string | undefined): SignOn | null {
    return this.#use(this.#byKey.get(key ?? ''))
  }

  /** Says whether the sign-on with this `sid` lasts, and counts that as a use. */
  isActive(sid: string): boolean {
    return this.#use(this.#bySid.get(sid)) !== null
  }

  /** Remembers that this user signed in. The same user keeps the `sid`; another user ends the sign-on of the one before. */
  begin(sub: string, previousKey: string | undefined): { key: string; signOn: SignOn } {
    const previous = this.open(previousKey) && this.#byKey.get(previousKey ?? '')
    this.end(previousKey)
    const now = this.#clock()
    const same = previous?.signOn.sub === sub ? previous : undefined
    const signOn = { ...(same?.signOn ?? newSession(sub)), authenticatedAt: now }
    const remembered = {
      key: randomBytes(32).toString('base64url'),
      signOn,
      startedAt: same?.startedAt ?? now,
      usedAt: now,
    }
    this.#byKey.set(remembered.key, remembered)
    this.#bySid.set(signOn.sid, remembered)
    for (const oldest of this.#byKey.keys()) {
      if (this.#byKey.size <= CAPACITY) break
      this.end(oldest)
    }
    return remembered
  }

  end(key: string | undefined): void {
    const remembered = this.#byKey.get(key ?? '')
    if (!remembered) return
    this.#byKey.delete(remembered.key)
    this.#bySid.delete(remembered.signOn.sid)
  }

  endSession(sid: string): void {
    this.end(this.#bySid.get(sid)?.key)
  }

  #use(remembered: Remembered | undefined): SignOn | null {
    if (!remembered) return null
    const now = this.#clock()
    const over = now >= remembered.usedAt + SESSION_IDLE * 1000 || now >= remembered.startedAt + SESSION_MAX * 1000
    if (over) {
      this.end(remembered.key)
      return null
    }
    remembered.usedAt = now
    this.#byKey.delete(remembered.key)
    this.#byKey.set(remembered.key, remembered)
    return remembered.signOn
  }
}

/** Makes the value that a form sends back, so that no other site can send it for the person who is signed in. */
export function sessionCode(key: string): string {
  return createHash('sha256').update(`session_code ${key}`).digest('base64url')
}

function newSession(sub: string) {
  const sid = randomUUID()
  return { sid, sub, grantId: newGrantId(sid) }
}

/** Makes the identifier of another grant for this session: the `sid`, a dot and a part of its own. */
export function newGrantId(sid: string): string {
  return `${sid}.${randomBytes(9).toString('base64url')}`
}

/** The session and the part of its own in a grant's identifier. */
export function grantParts(grantId: string): { sid: string; part: string } {
  const [sid = '', part = ''] = grantId.split('.')
  return { sid, part }
}
