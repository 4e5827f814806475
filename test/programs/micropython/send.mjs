/** Sends one POST, told on standard input, for the board, whose `requests` can't wait for a promise. Follows redirects, as that does. */
import { text } from 'node:stream/consumers'

const [url, body, headers, timeout] = JSON.parse(await text(process.stdin))
try {
  const signal = AbortSignal.timeout(timeout * 1000)
  const response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' })
  console.log(JSON.stringify({ status: response.status, headers: [...response.headers], body: await response.text() }))
} catch (error) {
  console.log(JSON.stringify({ failed: String(error.cause?.code ?? error.name) }))
}
