import type { Config } from '../config/config.js'
import { CLIENT_SECRET_PLACEHOLDER } from '../pages/raw-requests.js'
import type { Provider } from '../provider/provider.js'
import type { Entry } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { lastsWithUse } from '../tokens/lifetime.js'
import { usableToken } from '../tokens/refresh.js'
import { verdictOf } from '../tokens/token-answer-json.js'
import type { About, DeviceConfigFields } from './fields.js'

/**
 * What a device is given of a token set.
 * @throws AppError `no_refresh_token`, or `invalid_grant` when the token is known dead.
 */
export async function deviceConfigFields(
  config: Config,
  provider: Provider,
  entry: Entry,
): Promise<DeviceConfigFields> {
  const refresh_token = usableToken(entry)
  const { token_endpoint } = await provider.metadata.get()
  const { clientId, clientSecret } = config.oauth2
  return {
    token_endpoint,
    client_id: clientId,
    client_secret: clientSecret === null || config.showClientSecret ? clientSecret : CLIENT_SECRET_PLACEHOLDER,
    refresh_token,
    scope: provider.asksFor().scope,
    token_endpoint_auth_method: entry.token_endpoint_auth_method,
    refresh_token_usage: refreshTokenUsage(entry),
  }
}

/** What the device must do with a token that comes back: only a reusable one without a known end may be kept for good. */
export const refreshTokenUsage = (entry: Entry): DeviceConfigFields['refresh_token_usage'] =>
  verdictOf(entry) === 'reusable' && lastsWithUse(entry) ? 'keep' : 'store'

export const aboutDeviceConfig = (entry: Entry, now: number): About => ({
  fingerprint: fingerprint(usableToken(entry)),
  user: entry.who.username ?? entry.who.subject,
  verdict: verdictOf(entry),
  written_at: new Date(now),
})
