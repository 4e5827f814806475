import type { Finding } from '../../findings/finding.js'
import type { Seen } from '../seen.js'

/** Will the device reach the token endpoint by the name that we used? */
export function tokenEndpoint({ tokenEndpoint: url, preset }: Seen): Finding {
  const { hostname, protocol } = new URL(url)
  const warnings = [
    whereItLeads(hostname),
    protocol === 'http:' ? 'goes over plain http: whoever is on the path reads the token' : null,
  ]
  const said = warnings.filter((warning) => warning !== null)
  if (said.length === 0) return { result: 'pass', message: `${url} is an address that a device can reach.`, hint: null }
  return {
    result: 'warn',
    message: `${url} ${said.join(', and ')}.`,
    hint:
      preset.id === 'keycloak'
        ? 'Mint through the name that the device will use: Keycloak refuses a refresh that comes through another host name.'
        : 'Mint through the name that the device will use.',
  }
}

function whereItLeads(host: string): string | null {
  if (/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(host)) {
    return 'leads a device to itself: it is a loopback address'
  }
  if (/\.(docker|containers)\.internal$/.test(host)) return 'is known inside containers of this machine only'
  if (/\.svc(\.cluster\.local)?$/.test(host)) return 'is known inside its own cluster only'
  if (!host.includes('.') && !host.startsWith('['))
    return 'is a one-label name, known in its own network or container only'
  return null
}
