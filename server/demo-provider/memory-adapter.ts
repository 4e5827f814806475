import { InvalidGrant } from 'oidc-provider/lib/helpers/errors.js'

interface Payload {
  grantId?: string
  consumed?: number
}

interface MemoryRecord {
  payload: Payload
  expiresAt: number
}

/**
 * Of each kind (sign-ins under way, codes, grants, refresh tokens) as many records are kept. A token dies of this only when so many
 * others have been minted or used since its own last use; and since each kind has a map of its own, requests of people who never
 * sign in can't push out a token. So many minted tokens take about 23 MiB.
 */
const CAPACITY = 20_000

const SWEEP_INTERVAL = 60_000

/** Where oidc-provider keeps its records of one kind: in memory, the least recently used first, until they expire. */
export class MemoryAdapter {
  readonly #kind: string
  readonly #clock: () => number
  readonly #capacity: number
  readonly #records = new Map<string, MemoryRecord>()
  #nextSweep = 0

  constructor(kind: string, clock: () => number, capacity = CAPACITY) {
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
    this.#records.set(id, { payload, expiresAt: this.#clock() + expiresIn * 1000 })
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

  /**
   * Marks a one-time record as used, and is the one place that decides between two who use it at the same time. A used refresh
   * token is forgotten at once: its grant lives on, and that is how its reuse is noticed, however long ago it was used.
   */
  async consume(id: string): Promise<void> {
    const payload = this.#records.get(id)?.payload
    if (!payload || payload.consumed) throw new InvalidGrant('used by two requests at the same time')
    payload.consumed = Math.floor(this.#clock() / 1000)
    if (this.#kind === 'RefreshToken') this.#records.delete(id)
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
