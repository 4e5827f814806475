import { Agent, request } from 'node:http'

/** What a browser sends with a navigation. */
export const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'en-US,en;q=0.9',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
}

const agent = new Agent({ keepAlive: true, maxSockets: Infinity })

/** Somebody who clicks: keeps the cookies of one site and follows redirects, and is otherwise as cheap as can be. */
export class Browser {
  /** @type {Map<string, string>} */
  #cookies = new Map()
  #origin

  /** @param {{ origin: string }} site */
  constructor({ origin }) {
    this.#origin = origin
  }

  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Follows redirects to the page where they end. */
  async open(/** @type {string} */ path, method = 'GET') {
    let url = new URL(path, this.#origin)
    let answer = await this.#send(url, method)
    while (answer.location) {
      url = new URL(answer.location, url)
      answer = await this.#send(url, 'GET')
    }
    if (answer.status !== 200) throw new Error(`${url.pathname} answered ${answer.status}`)
    return { ...answer, path: url.pathname }
  }

  /** Sends a form; what it leads to is not opened. */
  async post(/** @type {string} */ path, /** @type {Record<string, string>} */ fields) {
    const { status } = await this.#send(new URL(path, this.#origin), 'POST', new URLSearchParams(fields).toString())
    if (status >= 400) throw new Error(`${path} answered ${status}`)
  }

  signIn() {
    return this.open('/auth/oauth2').then(ended)
  }

  refresh() {
    return this.open('/auth/refresh', 'POST').then(ended)
  }

  /** @returns {Promise<{ status: number, location: string | undefined, encoding: string | undefined, body: Buffer, headerBytes: number }>} */
  #send(/** @type {URL} */ url, /** @type {string} */ method, body = '') {
    const ours = url.origin === this.#origin
    const headers = {
      ...NAVIGATION,
      ...(body && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(ours && this.#cookies.size > 0 && { cookie: this.cookie }),
    }
    return new Promise((resolve, reject) => {
      const req = request(url, { method, agent, headers }, (res) => {
        if (ours) this.#keep(res.headers['set-cookie'] ?? [])
        /** @type {Buffer[]} */
        const chunks = []
        res.on('data', (chunk) => chunks.push(chunk))
        res.on('error', reject)
        res.on('end', () => {
          const { location, 'content-encoding': encoding } = res.headers
          const headerBytes = res.rawHeaders.reduce((sum, text) => sum + text.length + 2, 19)
          resolve({ status: res.statusCode ?? 0, location, encoding, body: Buffer.concat(chunks), headerBytes })
        })
      })
      req.on('error', reject)
      req.end(body)
    })
  }

  #keep(/** @type {string[]} */ lines) {
    for (const line of lines) {
      const [pair = ''] = line.split(';', 1)
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(name.length + 1)
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
  }
}

/** A way that ends elsewhere than on the tokens was not the whole way. @template {{ path: string }} T @param {T} page */
function ended(page) {
  if (page.path !== '/profile') throw new Error(`it ended at ${page.path}`)
  return page
}
