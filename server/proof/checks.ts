import type { Check } from '../findings/check.js'
import { asCheck, type Finding } from '../findings/finding.js'
import { accessToken } from './checks/access-token.js'
import { clientAuthentication } from './checks/client-authentication.js'
import { lifetime } from './checks/lifetime.js'
import { offlineToken } from './checks/offline-token.js'
import { refresh } from './checks/refresh.js'
import { reuse } from './checks/reuse.js'
import { tokenEndpoint } from './checks/token-endpoint.js'
import type { Shown } from './shown.js'

/** The test's checks, in the order they are shown. */
const CHECKS: { id: string; title: string; check(shown: Shown): Finding }[] = [
  { id: 'refresh', title: 'Refreshing', check: refresh },
  { id: 'offline_token', title: 'Offline token', check: offlineToken },
  { id: 'reuse', title: 'The first token after a refresh', check: reuse },
  { id: 'client_authentication', title: "The client's credentials", check: clientAuthentication },
  { id: 'lifetime', title: 'How long it lives', check: lifetime },
  { id: 'token_endpoint', title: 'Address for devices', check: tokenEndpoint },
  { id: 'access_token', title: 'Access token', check: accessToken },
]

/** What the last test has seen, as sentences; none before there was one. */
export const testChecks = (shown: Shown): Check[] =>
  shown.entry.proof === null
    ? []
    : CHECKS.map(({ id, title, check }) => asCheck({ id, title }, check(shown), shown.preset.name))
