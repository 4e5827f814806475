import { BlockList, isIP } from 'node:net'
import type { RequestHandler } from 'express'

/** Express's names of ranges. */
const NAMED: Record<string, string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

type Proxy = (address: string) => boolean

/** Reads one entry of TRUST_PROXY: an address, a network, or the name of a range. */
function proxyOf(entry: string): Proxy {
  const list = new BlockList()
  for (const network of NAMED[entry] ?? [entry]) {
    const [address = '', bits] = network.split('/', 2)
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

/**
 * Leaves only the client's address in `X-Forwarded-For`, as the listed proxies report it, without the port that some of them add. The
 * header is read from its end. Each entry of TRUST_PROXY counts for one proxy, so a client whose own address is in a listed network
 * can't make up the addresses before it.
 */
export function forwardedFor(entries: string[]): RequestHandler {
  const proxies = entries.map(proxyOf)
  return (req, _res, next) => {
    const client = clientOf(req.socket.remoteAddress ?? '', req.get('x-forwarded-for') ?? '', proxies)
    if (client === null) delete req.headers['x-forwarded-for']
    else req.headers['x-forwarded-for'] = client
    next()
  }
}

/** Answers Express, which asks about the other end of the connection and then about the remaining address. */
export function trustsOnlyTheProxy(entries: string[]): (address: string, hop: number) => boolean {
  const proxies = entries.map(proxyOf)
  return (address, hop) => hop === 0 && proxies.some((isProxy) => isProxy(address))
}

function clientOf(peer: string, header: string, proxies: Proxy[]): string | null {
  const unseen = new Set(proxies)
  const sent = header.split(',').map((entry) => withoutPort(entry.trim()))
  let client: string | null = null
  for (let sender = peer; ; sender = client) {
    const proxy = [...unseen].find((isProxy) => isProxy(sender))
    const before = sent.pop()
    if (!proxy || before === undefined || isIP(before) === 0) return client
    unseen.delete(proxy)
    client = before
  }
}

/** Removes the port of `192.0.2.1:4711` and `[2001:db8::1]:4711` (RFC 7239 §6). */
const withoutPort = (entry: string): string =>
  /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? entry
