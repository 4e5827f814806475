import type { Config } from '../config/config.js'
import { AppError } from '../errors.js'
import type { ProviderFacts } from '../provider/facts.js'
import type { Entry } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { verdictOf } from '../tokens/token-answer-json.js'
import { usableToken } from '../tokens/usable-token.js'
import { refreshTokenUsage } from '../tokens/usage.js'
import { type About, CLIENT_SECRET_PLACEHOLDER, type DeviceConfigFields } from './fields.js'

/**
 * What a device is given of a token.
 * @throws AppError `no_refresh_token`, `invalid_grant` when the token is known dead, or `provider_unreachable` while the
 * provider's addresses are not known.
 */
export function deviceConfigFields(
  config: Config,
  { token_endpoint, scope, preset }: Pick<ProviderFacts, 'token_endpoint' | 'scope' | 'preset'>,
  entry: Entry,
): DeviceConfigFields {
  const refresh_token = usableToken(entry)
  if (token_endpoint === null) throw notKnownYet()
  const { clientId, clientSecret } = config.oauth2
  return {
    token_endpoint,
    client_id: clientId,
    client_secret: clientSecret === null || config.showClientSecret ? clientSecret : CLIENT_SECRET_PLACEHOLDER,
    refresh_token,
    scope,
    token_endpoint_auth_method: entry.token_endpoint_auth_method,
    refresh_token_usage: refreshTokenUsage(entry, preset),
  }
}

export const aboutDeviceConfig = (entry: Entry, now: number, label: string | null = null): About => ({
  fingerprint: fingerprint(usableToken(entry)),
  user: entry.who.username ?? entry.who.subject,
  label,
  verdict: verdictOf(entry),
  written_at: new Date(now),
})

const notKnownYet = () =>
  new AppError(
    'provider_unreachable',
    "We don't know the provider's token endpoint yet: we have not read its metadata.",
    {
      hint: 'Check the set-up on the home page: the check reads it.',
    },
  )
