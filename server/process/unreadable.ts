import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A connection, with the answer that is under way on it. */
type Answering = Socket & { _httpMessage?: ServerResponse | null }

/** Why Node could not read a request, by its code; everything else is a 400. */
const ANSWERS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: answer(
    '431 Request Header Fields Too Large',
    "The address and the headers of this request are longer than 16 KiB together. Shorten the address, or delete this site's cookies. Send a token in the body of a POST, never in an address.",
  ),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: answer('413 Payload Too Large', 'The request is larger than this site accepts.'),
  ERR_HTTP_REQUEST_TIMEOUT: answer('408 Request Timeout', 'The request came too slowly.'),
}
const UNREADABLE = answer('400 Bad Request', "This site can't read the request: it is not HTTP/1.1.")

/** Says why a request was refused that never reached the app: Node itself sends the status alone. */
export function explainUnreadable(server: Server): Server {
  return server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Answering) => {
    // As Node's own handler: nothing goes into an answer that has begun.
    if (socket.writable && !socket._httpMessage?.headersSent) socket.write(ANSWERS[code] ?? UNREADABLE)
    socket.destroySoon()
  })
}

function answer(status: string, text: string): string {
  const headers = ['Connection: close', 'Content-Type: text/plain; charset=utf-8', `Content-Length: ${text.length + 1}`]
  return [`HTTP/1.1 ${status}`, ...headers, '', `${text}\n`].join('\r\n')
}
