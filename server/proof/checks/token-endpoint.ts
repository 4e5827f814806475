import { type Finding, pass, unknown, warn } from '../../findings/finding.js'
import type { Shown } from '../shown.js'

/** Will a device on another machine reach the token endpoint by the name that we used? */
export function tokenEndpoint({ tokenEndpoint: url, demo }: Pick<Shown, 'tokenEndpoint' | 'demo'>): Finding {
  if (url === null) return unknown("We don't know the provider's token endpoint yet.")
  if (demo) return pass('The demo provider is for trying things out on this machine.')
  const { hostname, protocol, origin } = new URL(url)
  const why = whyOnlyHere(hostname)
  if (why) return warn(`A device on another machine can't use ${origin}: ${why}.`, OTHER_ADDRESS)
  if (protocol === 'http:') {
    return warn(`${origin} is plain http: anyone on the network can read the token.`, 'Use an https address.')
  }
  return pass(`Nothing in ${url} says that only this machine can reach it.`)
}

const OTHER_ADDRESS =
  'Changing the file is not enough: set OAUTH2_ISSUER to the address that devices use, restart, mint again.'

function whyOnlyHere(host: string): string | null {
  if (/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(host)) return 'there, it is the device itself'
  if (/\.(docker|containers)\.internal$/.test(host)) return 'only containers on this machine know that name'
  if (/\.svc(\.cluster\.local)?$/.test(host)) return 'only its own cluster knows that name'
  if (!host.includes('.') && !host.startsWith('[')) return 'only machines in its own network know that name'
  return null
}
