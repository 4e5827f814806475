type Headers = Record<string, string | string[] | undefined>

/** A provider's complete answer, which can be read several times. */
export class Answer {
  readonly status: number
  readonly #headers: Headers
  readonly #body: string

  /** @param headers their names in lower case */
  constructor(body: string, status: number, headers: Headers) {
    this.#body = body
    this.#headers = headers
    this.status = status
  }

  get headers() {
    const values = (name: string) => [this.#headers[name.toLowerCase()] ?? []].flat()
    return {
      get: (name: string): string | null => (values(name).length > 0 ? values(name).join(', ') : null),
      getSetCookie: (): string[] => values('set-cookie'),
    }
  }

  async text(): Promise<string> {
    return this.#body
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.#body)
  }
}
