import { domainToASCII } from 'node:url'
import { isLoopback } from './urls.js'

/**
 * Whether `NO_PROXY` covers this URL. It lists `*`, hosts with every name below them (`example.org`, `.example.org`,
 * `*.example.org`) and IP addresses, each with or without a port.
 */
export function goesPastProxy(url: URL, noProxy: string | null): boolean {
  if (isLoopback(url.hostname)) return true
  const host = bareHost(url.hostname)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return (noProxy ?? '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry, host, port))
}

function matches(entry: string, host: string, port: string): boolean {
  const { name, only } = readEntry(entry)
  return (only === null || only === port) && name !== '' && (host === name || host.endsWith(`.${name}`))
}

/** Reads one entry of `NO_PROXY`: its host, and its port if it has one. */
function readEntry(entry: string): { name: string; only: string | null } {
  const [, host, only = null] = /^(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [entry, entry]
  // Two colons without brackets are an IPv6 address without a port.
  if (!entry.startsWith('[') && entry.split(':').length > 2) return { name: bareHost(entry), only: null }
  const name = bareHost((host as string).replace(/^\*?\./, ''))
  return { name: domainToASCII(name) || name, only }
}

const bareHost = (host: string) =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
