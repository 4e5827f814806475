import { get } from 'node:http'
import type { Config } from '../config/config.js'
import { isLoopback } from '../config/urls.js'

/** What `/healthz` answers: by it a process of this app recognises another one on its port. */
export const SERVICE = 'offline-token-mint'

const LOOPBACK = ['127.0.0.1', '::1']
/** Milliseconds: on a busy machine this app itself takes its time. */
const TIMEOUT = 5_000

/**
 * Where somebody else listens on our port: `localhost` may lead a browser to either loopback address, and what answers at the other
 * one would be handed the sign-in. Another process of this app is not somebody else.
 */
export async function strangersOnOurPort({ baseUrl, port }: Pick<Config, 'baseUrl' | 'port'>): Promise<string[]> {
  const { host, hostname } = new URL(baseUrl)
  if (!isLoopback(hostname)) return []
  const strange = await Promise.all(LOOPBACK.map((address) => isStranger(address, port, host)))
  return LOOPBACK.filter((_, i) => strange[i]).map((address) =>
    address === '::1' ? `[::1]:${port}` : `${address}:${port}`,
  )
}

/** What is to be said of them. */
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
    // Nobody there, or no such address on this machine. Whoever is there and speaks no HTTP is a stranger.
    request.on('error', ({ code }: NodeJS.ErrnoException) => resolve(!ABSENT.includes(code ?? '')))
  })
}

const ABSENT = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETUNREACH', 'EHOSTUNREACH']
