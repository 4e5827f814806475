import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** One request as it arrived. */
export interface Received {
  at: number
  method: string
  headers: IncomingHttpHeaders
  body: URLSearchParams
}

/** What the endpoint does with a request. */
export type Answer = (response: ServerResponse, received: Received) => void

export interface TokenEndpoint {
  url: string
  received: Received[]
  close(): Promise<void>
}

/** A token endpoint on a free port that answers by a script: one answer a request, the last one for all further. */
export const startTokenEndpoint = (...answers: [Answer, ...Answer[]]) => startServer('http', createServer, answers)

/** The same at this port. */
export const startTokenEndpointAt = (port: number, ...answers: [Answer, ...Answer[]]) =>
  startServer('http', createServer, answers, port)

/** The same over TLS, with this key and certificate (PEM). */
export const startTlsTokenEndpoint = (identity: { key: string; cert: string }, ...answers: [Answer, ...Answer[]]) =>
  startServer('https', (listener) => createTlsServer(identity, listener), answers)

async function startServer(
  scheme: string,
  create: (listener: RequestListener) => ReturnType<typeof createServer>,
  answers: [Answer, ...Answer[]],
  port = 0,
): Promise<TokenEndpoint> {
  const received: Received[] = []
  const server = create(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', headers } = request
    const body = new URLSearchParams(Buffer.concat(chunks).toString())
    const answer = answers[Math.min(received.length, answers.length - 1)] as Answer
    const got = { at: Date.now(), method, headers, body }
    received.push(got)
    answer(response, got)
  })
  // A test that failed closes nothing, and must not keep the runner waiting.
  server.unref().on('connection', (socket) => socket.unref())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/token`, received, close }
}

/** The exact text of a JSON answer. */
export const text =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response
      .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
      .end(body)
  }

export const json = (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  text(status, JSON.stringify(body), headers)

export const tokens = (members: object = {}): Answer =>
  json(200, { token_type: 'Bearer', expires_in: 300, access_token: 'access-1', ...members })

export const oauthError = (status: number, error: string, error_description = ''): Answer =>
  json(status, { error, error_description })

/** Promises more than it sends, and hangs up. */
export const halfAnAnswer: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
  response.write('{"access_token":"access-half","refresh_token":"half')
  setTimeout(() => response.destroy(), 50)
}

/** Never says anything. */
export const silence: Answer = () => {}

/** A byte now and then, for longer than anybody waits. */
export const drip: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 200)
  response.on('close', () => clearInterval(timer))
}

export const after =
  (milliseconds: number, answer: Answer): Answer =>
  (response, received) => {
    setTimeout(() => answer(response, received), milliseconds)
  }

/** Knows one token at a time: each use replaces it, and a used one is refused. */
export function oneTime(first: string, wait = 0): Answer {
  let current = first
  let issued = 0
  return (response, received) => {
    if (received.body.get('refresh_token') !== current) {
      return oauthError(400, 'invalid_grant', 'Stale token')(response, received)
    }
    current = `${first}-${++issued}`
    const answer = tokens({ access_token: `access-${issued}`, refresh_token: current })
    after(wait, answer)(response, received)
  }
}
