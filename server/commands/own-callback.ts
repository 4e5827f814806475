import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Config } from '../config/config.js'
import { isLoopback } from '../config/urls.js'
import { ListenError, listen } from '../process/listen.js'
import { SERVICE } from '../process/port-squatters.js'

/** The page for the browser at the end of a sign-in. */
export interface Told {
  ok: boolean
  title: string
  text: string
}

/** The address of the browser's request, and how to answer it. */
export interface Arrival {
  from: 'browser'
  address: string
  tell: (told: Told) => void
}

/** Waits for the browser at our callback URL, if the browser runs on this machine. */
export interface OwnCallback {
  /** Waits for the browser with this state. Never resolves if we don't listen. */
  next(state: string): Promise<Arrival>
  /** Whether PORT was free. */
  readonly listening: boolean
  close(): void
}

const PATH = '/auth/oauth2/callback'

/** Listens at PORT if BASE_URL is loopback and the port is free; no other port would do, because the callback URL is registered. */
export async function createOwnCallback(config: Config): Promise<OwnCallback> {
  let expected: { state: string; arrive: (arrival: Arrival) => void } | null = null
  const names = loopbackHosts(config.baseUrl)

  const handler = (req: IncomingMessage, res: ServerResponse) => {
    res.setHeader('Connection', 'close')
    res.setHeader('Cache-Control', 'no-store')
    if (!names.includes(req.headers.host ?? '')) return page(res, 421, WRONG_HOST)
    const url = new URL(req.url ?? '/', config.baseUrl)
    if (url.pathname === '/healthz') return void res.end(JSON.stringify({ status: 'ok', service: SERVICE }))
    if (url.pathname !== PATH || req.method !== 'GET') return page(res, 404, NOT_HERE)
    if (expected === null || url.searchParams.get('state') !== expected.state) return page(res, 403, NOT_OURS)
    const { arrive } = expected
    expected = null
    arrive({ from: 'browser', address: url.href, tell: (told) => page(res, told.ok ? 200 : 400, told) })
  }

  const servers = isLoopback(new URL(config.baseUrl).hostname) ? await tryToListen(handler, config) : []
  return {
    listening: servers.length > 0,
    next: (state) =>
      new Promise((arrive) => {
        expected = { state, arrive }
      }),
    close() {
      for (const server of servers) server.close()
    },
  }
}

async function tryToListen(handler: (req: IncomingMessage, res: ServerResponse) => void, { host, port }: Config) {
  try {
    return await listen({ handler }, host, port)
  } catch (error) {
    if (error instanceof ListenError) return [] as Server[]
    throw error
  }
}

/** Lists our own host names. A request with another name gets nothing (DNS rebinding). */
function loopbackHosts(baseUrl: string): string[] {
  const { host, port } = new URL(baseUrl)
  const end = port === '' ? '' : `:${port}`
  return [host, `localhost${end}`, `127.0.0.1${end}`, `[::1]${end}`]
}

const WRONG_HOST = { ok: false, title: 'Not this address', text: 'Open the address that the terminal printed.' }
const NOT_HERE = {
  ok: false,
  title: 'This page does not exist',
  text: 'Offline Token Mint waits here for the end of a sign-in.',
}
const NOT_OURS = {
  ok: false,
  title: "This sign-in didn't start here",
  text: 'Nothing was sent. Open the newest address that the terminal printed.',
}

function page(res: ServerResponse, status: number, { title, text }: Omit<Told, 'ok'>): void {
  res.statusCode = status
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  res.setHeader('Referrer-Policy', 'no-referrer')
  const head =
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
  res.end(`${head}<title>${escaped(title)}</title><h1>${escaped(title)}</h1><p>${escaped(text)}</p></html>\n`)
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
