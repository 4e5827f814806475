import { Browserless, type Page } from './browserless-sign-in.js'

/** What came back: redirects are not followed. */
export interface Answer {
  status: number
  headers: Headers
  url: string
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into JSON of any shape
  json: any
}

/** Somebody with a browser at the app: keeps its cookie, and sends what a browser of our own pages sends. */
export class Visitor {
  /** `name=value` of the app's cookie; empty before there is one. */
  cookie = ''
  readonly #app: { url: string }

  constructor(app: { url: string }) {
    this.#app = app
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, { headers })
  }

  post(path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
    })
  }

  async request(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(new URL(path, this.#app.url), {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(this.cookie && { cookie: this.cookie }), ...(init.headers as object) },
    })
    for (const line of response.headers.getSetCookie()) {
      const pair = line.split(';', 1)[0] as string
      if (/^(otm_\d+|__Host-otm)=/.test(pair)) this.cookie = pair
    }
    const text = await response.text()
    const json = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : null
    return { status: response.status, headers: response.headers, url: response.url, text, json }
  }

  /**
   * To the provider's page, through its form (and its consent page), and back: the callback's URL, not yet opened.
   * @param consent the button of the consent page that is pressed, where there is one
   */
  async authorize(
    username: string,
    password: string,
    path = '/auth/oauth2',
    consent: Record<string, string> = { accept: 'Yes' },
  ): Promise<string> {
    const start = await this.get(path)
    const location = start.headers.get('location')
    if (start.status !== 302 || !location) throw new Error(`${path} answered ${start.status}: ${start.text}`)
    const callback = `${this.#app.url}/auth/oauth2/callback`
    const browser = new Browserless(callback)
    const isBack = ({ url }: Page) => url.href.startsWith(callback)
    let page = await browser.open(location)
    if (!isBack(page)) page = await browser.submit(page, { username, password })
    if (!isBack(page)) page = await browser.submit(page, consent)
    return page.url.href
  }

  /** The whole way; the page where it ends. */
  async signIn(username: string, password: string, path?: string): Promise<Answer> {
    const back = await this.get(await this.authorize(username, password, path))
    return back.status === 303 ? this.get(back.headers.get('location') as string) : back
  }
}
