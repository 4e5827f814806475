/**
 * Somebody with a browser at the app. Keeps its cookie, follows no redirect.
 * @param {string} url of the app
 */
export function createUser(url) {
  let cookie = ''

  /** @param {'GET' | 'POST'} method @param {string} path @param {string} [accept] */
  async function ask(method, path, accept = 'application/json') {
    const started = performance.now()
    const response = await fetch(new URL(path, url), {
      method,
      redirect: 'manual',
      headers: { accept, cookie, ...(method === 'POST' && { 'sec-fetch-site': 'same-origin' }) },
      signal: AbortSignal.timeout(30_000),
    })
    for (const line of response.headers.getSetCookie()) {
      if (line.startsWith('otm_')) cookie = line.split(';', 1)[0] ?? ''
    }
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      location: response.headers.get('location'),
      text,
      json: isJson ? JSON.parse(text) : null,
      milliseconds: performance.now() - started,
    }
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
