import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Route } from './connections.js'
import { BadAnswer } from './failures.js'

/** What goes out, and what it may cost. */
export interface Outgoing {
  method: string
  headers: Record<string, string>
  body: string | null
  /** Bytes of the answer's body. */
  limit: number
  /** Ends the exchange, whatever state it is in; never used after its end, since the connection lives on. */
  signal: AbortSignal
}

export interface Incoming {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Answers before the answer (RFC 9110 §15.2): more of them are a flood. */
const INTERIM_AT_MOST = 16
/** Some providers send more cookies and policies than Node's 16 KiB. */
const HEADERS_AT_MOST = 64 * 1024

/** One request and its whole answer. Settles in every case: with the answer, with what went wrong, or when the signal ends it. */
export function exchange(url: URL, route: Route, outgoing: Outgoing): Promise<Incoming> {
  const { method, body, signal, limit } = outgoing
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? tlsRequest : plainRequest
    const headers = { host: url.host, ...outgoing.headers }
    // Node keeps its own option `signal` from the agents, and those for proxies need one while they connect.
    const options = { method, headers, maxHeaderSize: HEADERS_AT_MOST, givenUp: signal, ...route.options }
    const sent = send(url, options)
    const interim: number[] = []

    const fail = (error: unknown) => {
      reject(error)
      sent.destroy()
    }
    const given = () => fail(interim.length > 0 ? nothingAfter(interim) : signal.reason)
    if (signal.aborted) given()
    signal.addEventListener('abort', given, { once: true })
    sent.once('close', () => signal.removeEventListener('abort', given))

    let answer: IncomingMessage | null = null
    // Bytes after a 204 are an error to Node, and none to an answer that is whole.
    sent.on('error', (error) => answer?.complete || fail(error))
    sent.once('socket', endWithServer)
    sent.on('information', ({ statusCode }) => {
      interim.push(statusCode)
      if (interim.length > INTERIM_AT_MOST) fail(nothingAfter(interim))
    })
    sent.once('upgrade', (_response, socket: Socket) => {
      socket.on('error', () => {}).destroy()
      fail(changesProtocol(101))
    })
    sent.once('response', (response) => {
      const { statusCode: status = 0, headers } = response
      if (status < 200) return fail(changesProtocol(status))
      answer = response
      readAtMost(response, limit).then((bytes) => resolve({ status, headers, body: bytes }), fail)
    })
    // Last of all: nothing is left unanswered, whatever Node leaves unsaid.
    sent.once('close', () => setImmediate(fail, new BadAnswer('ended the connection without an answer')))
    sent.end(body)

    /** Left to itself, a connection that the other side has ended would be given out for a moment longer. */
    function endWithServer(socket: Socket) {
      if (!sent.reusedSocket) socket.once('end', () => socket.destroy())
    }
  })
}

const nothingAfter = (interim: number[]) =>
  new BadAnswer(
    interim.length > INTERIM_AT_MOST
      ? `answered ${interim.at(-1)} again and again, and nothing else`
      : `answered ${interim.at(-1)}, and nothing after it`,
  )

const changesProtocol = (status: number) =>
  new BadAnswer(`answered ${status}, which changes to a protocol that was not asked for`)

function readAtMost(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else reject(new BadAnswer(`answered more than ${limit / 1024} KiB`))
    })
    response.once('end', () => resolve(Buffer.concat(chunks)))
    // A body that is whole although its promised length is not: what the provider gave is kept.
    response.on('error', (error) => (isWhole(chunks) ? resolve(Buffer.concat(chunks)) : reject(error)))
  })
}

/** Whether a JSON object came to its end; a part of one never parses. */
function isWhole(chunks: Buffer[]): boolean {
  const text = Buffer.concat(chunks).toString()
  if (!text.trimStart().startsWith('{')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
