import { isIP } from 'node:net'
import { Invalid, shown } from './problem.js'

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal']
const CURE =
  'Write the addresses of your proxies, e.g. 10.0.0.0/8, or loopback, linklocal, uniquelocal; a comma between them.'

/** Addresses, networks and Express's names of ranges; never everyone. */
export function trustProxy(value: string): string[] {
  if (/^(off|false)$/i.test(value)) return []
  return value.split(',').map((entry) => trusted(entry.trim()))
}

function trusted(entry: string): string {
  if (NAMED_RANGES.includes(entry)) return entry
  if (/^true$/i.test(entry) || /\/0+$/.test(entry)) {
    throw new Invalid(`trusts everyone, so that anyone could forge an address: ${shown(entry)}`, CURE)
  }
  if (/^\d+$/.test(entry)) {
    throw new Invalid(`is a number of hops (${shown(entry)}), which does not say which proxies they are`, CURE)
  }
  const [address = '', prefix] = entry.split('/', 2)
  const bits = isIP(address) === 4 ? 32 : 128
  if (isIP(address) && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))) return entry
  throw new Invalid(`contains something that is neither an address nor a network: ${shown(entry)}`, CURE)
}
