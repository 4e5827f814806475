import { InvalidGrant } from 'oidc-provider/lib/helpers/errors.js'

interface Payload {
  grantId?: string
  userCode?: string
  consumed?: number
}

interface MemoryRecord {
  payload: Payload
  expiresAt: number
}

/**
 * So many records of each kind are kept. A token dies of this only when so many others have been minted or used since its own last
 * use (they take about 23 MiB). Requests of people who never sign in can't push out a token, because each kind has a map of its own;
 * and they can't fill the memory, because the kinds that such requests make have a small one.
 */
const CAPACITY = 20_000
const CAPACITIES = new Map([
  ['Interaction', 1_000],
  ['Session', 1_000],
  ['AuthorizationCode', 1_000],
  ['DeviceCode', 500],
])

/** Seconds that an expired device code stays known, so that the device gets `expired_token` (RFC 8628 §3.5). */
const KNOWN_AFTER = new Map([['DeviceCode', 600]])

/** A used record of these kinds is forgotten at once. Its grant lives on: that is how the reuse of a refresh token is noticed. */
const FORGOTTEN_WHEN_USED = ['RefreshToken', 'DeviceCode']

const SWEEP_INTERVAL = 60_000

/** Keeps oidc-provider's records of one kind in memory, the least recently used first, until they expire. */
export class MemoryAdapter {
  readonly #kind: string
  readonly #clock: () => number
  readonly #capacity: number
  readonly #records = new Map<string, MemoryRecord>()
  #nextSweep = 0

  constructor(kind: string, clock: () => number, capacity = CAPACITIES.get(kind) ?? CAPACITY) {
    this.#kind = kind
    this.#clock = clock
    this.#capacity = capacity
  }

  get size(): number {
    return this.#records.size
  }

  async upsert(id: string, payload: Payload, expiresIn: number): Promise<void> {
    this.#sweep()
    this.#records.delete(id)
    const seconds = expiresIn + (KNOWN_AFTER.get(this.#kind) ?? 0)
    this.#records.set(id, { payload, expiresAt: this.#clock() + seconds * 1000 })
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= this.#capacity) break
      this.#records.delete(oldest)
    }
  }

  async find(id: string): Promise<Payload | undefined> {
    const record = this.#records.get(id)
    if (!record) return undefined
    this.#records.delete(id)
    if (record.expiresAt <= this.#clock()) return undefined
    this.#records.set(id, record)
    return record.payload
  }

  /** Finds a device code by what the person types. There are few of them. */
  async findByUserCode(userCode: string): Promise<Payload | undefined> {
    for (const [id, { payload }] of this.#records) if (payload.userCode === userCode) return this.find(id)
    return undefined
  }

  /** Marks a one-time record as used. Only this place decides between two requests that use it at the same time. */
  async consume(id: string): Promise<void> {
    const payload = this.#records.get(id)?.payload
    if (!payload || payload.consumed) throw new InvalidGrant('used by two requests at the same time')
    payload.consumed = Math.floor(this.#clock() / 1000)
    if (FORGOTTEN_WHEN_USED.includes(this.#kind)) this.#records.delete(id)
  }

  async destroy(id: string): Promise<void> {
    this.#records.delete(id)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, { payload }] of this.#records) {
      if (payload.grantId === grantId) this.#records.delete(id)
    }
  }

  #sweep(): void {
    const now = this.#clock()
    if (now < this.#nextSweep) return
    this.#nextSweep = now + SWEEP_INTERVAL
    for (const [id, { expiresAt }] of this.#records) {
      if (expiresAt <= now) this.#records.delete(id)
    }
  }
}
