import { Browser } from '../browser.js'

const LOADED = /<(?:link\b[^>]*\brel="(?:stylesheet|modulepreload)"[^>]*\bhref|(?:script|img)\b[^>]*\bsrc)="([^"]+)"/g

/** The profile page as a browser with an empty cache gets it: bytes over the wire, headers too, and requests. */
export const page = {
  id: 'page',
  rows: [
    { title: 'profile page and what it loads', unit: 'bytes' },
    { title: 'requests for it, its icon apart', unit: '' },
    { title: 'profile page alone', unit: 'bytes' },
  ],
  /** @param {import('../server-process.js').Running} server */
  async measure(server) {
    const browser = new Browser(server)
    const answer = await browser.signIn()
    const html = await plain(answer)
    const others = []
    for (const [, path = ''] of html.matchAll(LOADED)) others.push(await browser.open(path))
    const sizes = [answer, ...others].map(({ body, headerBytes }) => body.length + headerBytes)
    return [sizes.reduce((sum, size) => sum + size, 0), sizes.length, sizes[0] ?? 0]
  },
}

/** @param {{ encoding: string | undefined, body: Buffer }} answer */
async function plain({ encoding, body }) {
  const { brotliDecompressSync, gunzipSync } = await import('node:zlib')
  return (encoding === 'br' ? brotliDecompressSync(body) : encoding === 'gzip' ? gunzipSync(body) : body).toString()
}
