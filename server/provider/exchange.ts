import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Route } from './connections.js'
import { BadAnswer } from './failures.js'

/** A request with its limits. */
export interface Outgoing {
  method: string
  headers: Record<string, string>
  body: string | null
  /** Bytes of the answer's body. */
  limit: number
  /** Aborts the exchange in any state. It is not used after the end, because the connection stays open. */
  signal: AbortSignal
  /** Called when the connection is there, with TLS: from then on, the server may receive the request. */
  onConnected: () => void
}

export interface Incoming {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** The most interim responses (RFC 9110 §15.2); more of them count as a flood. */
const INTERIM_AT_MOST = 16
/** Some providers send more cookies and policies than Node's 16 KiB. */
const HEADERS_AT_MOST = 64 * 1024

/** Sends one request and reads its complete answer. Always settles: with the answer, with the failure, or when the signal aborts it. */
export function exchange(url: URL, route: Route, outgoing: Outgoing): Promise<Incoming> {
  const { method, body, signal, limit, onConnected } = outgoing
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? tlsRequest : plainRequest
    const headers = { host: url.host, ...outgoing.headers }
    // Node does not pass its own option `signal` to the agents, but the agents for proxies need it while they connect.
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
    // For Node, bytes after a 204 are an error, but the answer is complete.
    sent.on('error', (error) => answer?.complete || fail(error))
    sent.once('socket', endWithServer)
    sent.once('socket', (socket: Socket) => {
      const ready = sent.reusedSocket || (url.protocol === 'http:' && !socket.connecting)
      if (ready) onConnected()
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', onConnected)
    })
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
    // Last: reject if Node closed the connection without an event.
    sent.once('close', () => setImmediate(fail, new BadAnswer('ended the connection without an answer')))
    sent.end(body)

    /** Closes a connection that the other side has ended. Otherwise the agent could use it again for a moment. */
    function endWithServer(socket: Socket) {
      if (!sent.reusedSocket) socket.once('end', () => socket.destroy())
    }
  })
}

const nothingAfter = (interim: number[]) =>
  new BadAnswer(
    interim.length > INTERIM_AT_MOST
      ? `answered only ${interim.at(-1)}, many times`
      : `answered only ${interim.at(-1)}`,
  )

const changesProtocol = (status: number) =>
  new BadAnswer(`answered ${status}, which switches to a protocol that we did not request`)

function readAtMost(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      chunks.length = 0 // the error that follows must not parse a megabyte
      reject(new BadAnswer(`answered more than ${limit / 1024} KiB`))
    })
    response.once('end', () => resolve(Buffer.concat(chunks)))
    // Keep a complete JSON body even if Content-Length was wrong.
    response.on('error', (error) => (isWhole(chunks) ? resolve(Buffer.concat(chunks)) : reject(error)))
  })
}

/** Whether the body is a complete JSON object. */
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
