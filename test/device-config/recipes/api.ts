import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { API } from '../../../server/device-config/recipes/recipe.js'
import { closeLater } from '../../support/closing.js'

export type Api = Awaited<ReturnType<typeof startApi>>

/** One's own API: it takes access tokens, and answers with a value. */
export async function startApi() {
  const tokens: string[] = []
  const inArguments: string[] = []
  const server = createServer((req, res) => {
    const token = req.headers.authorization?.replace(/^Bearer /, '') ?? ''
    tokens.push(token)
    inArguments.push(...commandLines().filter((line) => line.includes(token)))
    res.setHeader('Content-Type', 'application/json').end('{"value":21.5}\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/measurements`
  return {
    /** The access tokens that came. */
    tokens,
    /** Command lines that showed a token to every user of the machine while it was used. */
    inArguments,
    /** As a reader does who replaces the recipe's address. */
    in: (text: string) => text.replaceAll(API, url),
    close: closeLater(() => new Promise((resolve) => server.close(resolve))),
  }
}

const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return '' // it has ended
      }
    })
