/** A provider's answer, there as a whole: it can be read as often as one likes, and goes through no stream. */
export class Answer extends Response {
  override readonly text: () => Promise<string>
  override readonly json: () => Promise<unknown>
  override readonly clone = () => this

  constructor(body: string, init: ResponseInit) {
    super(null, init)
    this.text = async () => body
    this.json = async () => JSON.parse(body)
  }

  static override json(value: unknown, init: ResponseInit = {}): Answer {
    const headers = { ...init.headers, 'content-type': 'application/json' }
    return new Answer(JSON.stringify(value), { ...init, headers })
  }
}
