import { Browserless } from './browserless-sign-in.js'

/**
 * What came back: redirects are not followed. `json` is null where the answer is none.
 * @typedef {{ status: number, headers: Headers, url: string, text: string, json: any }} Answer
 */

/** A person with a browser at the app: keeps its cookie, and sends what a browser sends on our own pages. */
export class Visitor {
  /** `name=value` of the app's cookie; empty before there is one. */
  cookie = ''
  #app

  /** @param {{ url: string }} app */
  constructor(app) {
    this.#app = app
  }

  /** @param {string} path @param {Record<string, string>} [headers] @returns {Promise<Answer>} */
  get(path, headers = {}) {
    return this.request(path, { headers })
  }

  /** @param {string} path @param {Record<string, string>} [fields] @param {Record<string, string>} [headers] @returns {Promise<Answer>} */
  post(path, fields = {}, headers = {}) {
    return this.request(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
    })
  }

  /** @param {string} path @param {RequestInit} init @returns {Promise<Answer>} */
  async request(path, init) {
    const response = await fetch(new URL(path, this.#app.url), {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        ...(this.cookie && { cookie: this.cookie }),
        .../** @type {object} */ (init.headers),
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const pair = line.split(';', 1)[0] ?? ''
      if (/^(otm_\d+|__Host-otm)=/.test(pair)) this.cookie = pair
    }
    const text = await response.text()
    const json = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : null
    return { status: response.status, headers: response.headers, url: response.url, text, json }
  }

  /**
   * To the provider's page, through its form (and its consent page), and back: the callback's URL, not yet opened.
   * @param {string} username
   * @param {string} password
   * @param {string} [path]
   * @param {Record<string, string>} [consent] the button of the consent page that is pressed, where there is one
   */
  async authorize(username, password, path = '/auth/oauth2', consent = { accept: 'Yes' }) {
    const start = await this.get(path)
    const location = start.headers.get('location')
    if (start.status !== 302 || !location) throw new Error(`${path} answered ${start.status}: ${start.text}`)
    const callback = `${this.#app.url}/auth/oauth2/callback`
    const browser = new Browserless(callback)
    /** @param {import('./browserless-sign-in.js').Page} page */
    const isBack = ({ url }) => url.href.startsWith(callback)
    let page = await browser.open(location)
    if (!isBack(page)) page = await browser.submit(page, { username, password })
    if (!isBack(page)) page = await browser.submit(page, consent)
    return page.url.href
  }

  /**
   * The whole way; the page where it ends.
   * @param {string} username @param {string} password @param {string} [path]
   */
  async signIn(username, password, path) {
    const back = await this.get(await this.authorize(username, password, path))
    return back.status === 303 ? this.get(back.headers.get('location') ?? '') : back
  }
}
