/**
 * What a browser would show: a page, or the address of the callback where it was to be sent (then without `html`).
 * @typedef {{ url: URL, status: number, headers: Headers, html: string }} Page
 */

/** A browser without scripts: it keeps cookies, follows redirects and sends forms, until it is sent to the callback. */
export class Browserless {
  #redirectUri
  #send
  /** @type {{ host: string, path: string, name: string, value: string }[]} */
  #cookies = []

  /**
   * @param {string} redirectUri what starts with it is not fetched
   * @param {typeof fetch} [send] fetch, or one that trusts another authority
   */
  constructor(redirectUri, send = fetch) {
    this.#redirectUri = redirectUri
    this.#send = send
  }

  /** @param {string | URL} url @param {URLSearchParams} [form] @returns {Promise<Page>} */
  async open(url, form) {
    let at = new URL(url)
    let body = form
    for (let hop = 0; hop < 20; hop++) {
      const response = await this.#send(at, {
        ...(body && { method: 'POST', body }),
        headers: { cookie: this.#cookiesFor(at), accept: 'text/html' },
        redirect: 'manual',
      })
      this.#keepCookies(at, response)
      const { status, headers } = response
      const html = await response.text()
      const location = headers.get('location')
      if (!location) return { url: at, status, headers, html }
      at = new URL(location, at)
      body = undefined
      if (at.href.startsWith(this.#redirectUri)) return { url: at, status, headers, html: '' }
    }
    throw new Error(`more than 20 redirects, the last one to ${at.origin}${at.pathname}`)
  }

  /**
   * Fills in the form that has all of these fields, keeps its hidden inputs, and sends it.
   * @param {Page} page @param {Record<string, string>} fields
   */
  async submit(page, fields) {
    const forms = page.html.match(/<form\b[\s\S]*?<\/form>/gi) ?? []
    const form = forms.find((one) =>
      Object.keys(fields).every((name) => inputs(one).some((input) => input.name === name)),
    )
    if (!form) {
      throw new Error(
        `no form with ${Object.keys(fields).join(' and ')} on the page (status ${page.status}): ${text(page.html)}`,
      )
    }
    const values = new URLSearchParams()
    for (const { name, type, value } of inputs(form)) if (name && type === 'hidden') values.set(name, value ?? '')
    for (const [name, value] of Object.entries(fields)) values.set(name, value)
    return this.open(new URL(attributes(form).action ?? page.url.href, page.url), values)
  }

  /** @param {URL} url */
  #cookiesFor(url) {
    const sent = this.#cookies.filter(({ host, path }) => host === url.hostname && url.pathname.startsWith(path))
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  /**
   * `Secure` is not looked at: providers on plain http://localhost set it, and browsers let that pass.
   * @param {URL} url @param {Response} response
   */
  #keepCookies(url, response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...rest] = line.split(/; */)
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(pair.indexOf('=') + 1)
      const settings = Object.fromEntries(
        rest.map((one) => [one.split('=')[0]?.toLowerCase(), one.split('=')[1] ?? '']),
      )
      const cookie = { host: url.hostname, path: settings.path ?? '/', name, value }
      const old = this.#cookies.findIndex(
        (one) => one.name === name && one.path === cookie.path && one.host === cookie.host,
      )
      if (old >= 0) this.#cookies.splice(old, 1)
      const gone = settings['max-age'] === '0' || Date.parse(settings.expires ?? '') < Date.now()
      if (!gone) this.#cookies.push(cookie)
    }
  }
}

/**
 * @typedef {object} SignIn
 * @property {string | URL} authorizationUrl
 * @property {string} username
 * @property {string} password
 * @property {string} redirectUri the callback, or how it begins: the sign-in ends there, unfetched
 * @property {Browserless} [browser] to sign in again in the same browser
 */

/**
 * Signs in at a provider's own page with fields `username` and `password`; resolves to the callback URL with its query.
 * @param {SignIn} signIn
 */
export async function browserlessSignIn(signIn) {
  const { authorizationUrl, username, password, redirectUri } = signIn
  const browser = signIn.browser ?? new Browserless(redirectUri)
  const page = await browser.open(authorizationUrl)
  if (page.url.href.startsWith(redirectUri)) return page.url
  const answer = await browser.submit(page, { username, password })
  if (answer.url.href.startsWith(redirectUri)) return answer.url
  throw new Error(`the sign-in ended on a page (status ${answer.status}): ${text(answer.html)}`)
}

/** @param {string} form */
function inputs(form) {
  return (form.match(/<(?:input|button)\b[^>]*>/gi) ?? []).map(attributes)
}

/**
 * The attributes of the first tag in this HTML.
 * @param {string} html
 * @returns {Record<string, string>}
 */
function attributes(html) {
  const tag = /<\w+\b([^>]*)>/.exec(html)?.[1] ?? ''
  const pairs = tag.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)
  return Object.fromEntries(
    [...pairs].map(([, name, double, single]) => [name?.toLowerCase(), unescapeHtml(double ?? single ?? '')]),
  )
}

/** @type {Record<string, string>} */
const ENTITIES = {
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
  '&#x27;': "'",
  '&lt;': '<',
  '&gt;': '>',
}

/** @param {string} html */
function unescapeHtml(html) {
  return html.replace(/&(?:amp|quot|#39|#x27|lt|gt);/gi, (entity) => ENTITIES[entity.toLowerCase()] ?? entity)
}

/** @param {string} html */
function text(html) {
  return unescapeHtml(html.replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' '))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
}
