type Headers = Record<string, string | string[] | undefined>

/**
 * A provider's answer, there as a whole: it can be read as often as one likes. It has what openid-client wants of fetch's
 * `Response`, and is none: Node takes 6 MiB of memory for the first of these, and streams for each.
 */
export class Answer {
  readonly status: number
  readonly bodyUsed = false
  readonly #headers: Headers
  readonly #body: string

  /** @param headers their names in lower case */
  constructor(body: string, status: number, headers: Headers) {
    this.#body = body
    this.#headers = headers
    this.status = status
  }

  static json(value: unknown, status = 200, headers: Headers = {}): Answer {
    return new Answer(JSON.stringify(value), status, { ...headers, 'content-type': 'application/json' })
  }

  /** By this openid-client takes it for one. */
  get [Symbol.toStringTag]() {
    return 'Response'
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

  clone(): this {
    return this
  }
}
