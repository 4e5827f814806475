import { Visitor } from '../support/visitor.js'

/**
 * A person with a browser at the app, who gives up after 45 s (the app gives the provider 30) and knows how long an answer took.
 * @param {string} url of the app
 */
export function createUser(url) {
  const visitor = new Visitor({ url })

  /** @param {'GET' | 'POST'} method @param {string} path @param {string} [accept] */
  async function ask(method, path, accept = 'application/json') {
    const started = performance.now()
    const headers = { accept, ...(method === 'POST' && { 'sec-fetch-site': 'same-origin' }) }
    const answer = await visitor.request(path, { method, headers, signal: AbortSignal.timeout(45_000) })
    return { ...answer, location: answer.headers.get('location'), milliseconds: performance.now() - started }
  }

  return {
    ask,
    /** To the provider, which sends straight back, and to the end of it: the callback's answer. */
    async signIn() {
      const start = await ask('GET', '/auth/oauth2')
      if (start.location === null) return start
      const back = await fetch(start.location, { redirect: 'manual' })
      await back.arrayBuffer()
      return ask('GET', back.headers.get('location') ?? '/auth/oauth2/callback')
    },
  }
}
