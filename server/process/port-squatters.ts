import { get } from 'node:http'
import type { Config } from '../config/config.js'
import { isLoopback } from '../config/urls.js'

/** The answer of `/healthz`. Lets `strangersOnOurPort` recognise another process of this app. */
export const SERVICE = 'offline-token-mint'

const LOOPBACK = ['127.0.0.1', '::1']
/** Timeout in milliseconds. It is long, because this app itself may be slow on a busy machine. */
const TIMEOUT = 5_000

/**
 * Finds other programs on our port. A browser that opens `localhost` can reach either loopback address, and a program at the other one
 * would receive the sign-in. Another process of this app does not count.
 */
export async function strangersOnOurPort({ baseUrl, port }: Pick<Config, 'baseUrl' | 'port'>): Promise<string[]> {
  const { host, hostname } = new URL(baseUrl)
  if (!isLoopback(hostname)) return []
  const strange = await Promise.all(LOOPBACK.map((address) => isStranger(address, port, host)))
  return LOOPBACK.filter((_, i) => strange[i]).map((address) =>
    address === '::1' ? `[::1]:${port}` : `${address}:${port}`,
  )
}

/** Says what that means and what to do. */
export const strangerWarning = (places: string[]): string =>
  `Another program listens on ${places.join(' and ')}: a browser that opens localhost may reach it instead of this app. End it, or set PORT to another port.`

function isStranger(address: string, port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: address, port, path: '/healthz', headers: { host } }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
        if (body.length > 1_000) request.destroy()
      })
      response.on('close', () => resolve(!body.includes(`"${SERVICE}"`)))
    })
    const deadline = setTimeout(() => request.destroy(), TIMEOUT)
    request.on('close', () => clearTimeout(deadline))
    // Absent means that nothing listens there. A program that does not speak HTTP is a stranger.
    request.on('error', ({ code }: NodeJS.ErrnoException) => resolve(!ABSENT.includes(code ?? '')))
  })
}

const ABSENT = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETUNREACH', 'EHOSTUNREACH']
