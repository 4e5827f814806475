import type { OAuth2Config, TokenEndpointAuthMethod } from '../config/config.js'
import type { AppError } from '../errors.js'
import { type Finding, fail, noAnswer, unknown } from '../findings/finding.js'
import { CLIENT_REFUSED } from '../knowledge/refusals.js'
import { type CheckContext, madeUp } from './context.js'

/** The result of one way to send the credentials. */
export interface Trial {
  method: TokenEndpointAuthMethod
  result: 'accepted' | 'refused' | 'undecided' | 'no_answer'
  /** Why it is not accepted, said for a person. */
  finding: Finding | null
}

/** What the token endpoint says to a refresh token that never was: an OAuth error, if it is one. */
type Answer = { error: string; ofTheToken: boolean; finding: Finding } | { error: null; finding: Finding }

/**
 * Refreshes with a made-up token, which uses up nothing: if the provider refuses the token, it accepted the credentials. Control: the
 * answer to made-up credentials must be different.
 */
export async function tryCredentials(context: CheckContext, method: TokenEndpointAuthMethod): Promise<Trial> {
  const { config } = context
  const ours = await refresh(context, config, method)
  if (ours.error === null) return { method, result: 'no_answer', finding: ours.finding }
  const refused = CLIENT_REFUSED.includes(ours.error)
  // That error alone may also speak of the grant (RFC 6749 §5.2); only the control tells which.
  if (refused && ours.error !== 'unauthorized_client')
    return { method, result: 'refused', finding: { ...ours.finding, refusesClient: true } }
  if (!refused && !ours.ofTheToken) return { method, result: 'undecided', finding: unclear(ours) }

  const control = await refresh(context, withoutRights(config), method)
  if (control.error === null) return { method, result: 'undecided', finding: control.finding }
  const differs = control.error !== ours.error
  if (refused) {
    const finding: Finding =
      differs && config.clientSecret !== null ? GRANT_MISSING : { ...ours.finding, refusesClient: true }
    return { method, result: 'refused', finding }
  }
  return differs
    ? { method, result: 'accepted', finding: null }
    : { method, result: 'undecided', finding: sameForAnybody(ours.error, config) }
}

const unclear = ({ finding }: { finding: Finding }): Finding =>
  /DPoP/i.test(finding.said ?? '')
    ? { ...finding, ...DPOP }
    : {
        ...finding,
        ...unknown(`We could not find out whether the credentials are accepted. ${finding.message}`, finding.hint),
      }

/** RFC 9449: its tokens are bound to a key that the device does not have. */
const DPOP = fail(
  'The client demands DPoP: its tokens work only with a key, which your device does not have.',
  "Switch DPoP off for this client. In Keycloak's admin console: Clients → your client → Settings → Capability config → Require DPoP bound tokens.",
)

const sameForAnybody = (error: string, { clientSecret }: OAuth2Config): Finding =>
  unknown(
    `The token endpoint gives the same answer to our credentials and to made-up ones (${error}): only the sign-in will show whether it accepts ours.`,
    clientSecret === null
      ? null
      : 'If the client is public at the provider, leave OAUTH2_CLIENT_SECRET empty; else check OAUTH2_TOKEN_ENDPOINT.',
  )

const GRANT_MISSING = fail(
  'The provider accepts the credentials, but does not let this client use the refresh token grant.',
  'Allow the refresh token grant for this client at the provider.',
)

/** Makes up a secret or, for a public client, an id. */
function withoutRights(config: OAuth2Config): OAuth2Config {
  return config.clientSecret === null
    ? { ...config, clientId: madeUp('client') }
    : { ...config, clientSecret: madeUp('secret') }
}

async function refresh(
  { providerFor }: CheckContext,
  config: OAuth2Config,
  method: TokenEndpointAuthMethod,
): Promise<Answer> {
  try {
    await providerFor(config).refresh(madeUp('token'), { method })
    const finding = unknown('The token endpoint gives tokens for a made-up refresh token.')
    return { error: 'none', ofTheToken: false, finding }
  } catch (thrown) {
    const { code, extra, message, hint } = thrown as AppError
    if (code !== 'invalid_grant' && code !== 'token_refused' && code !== 'provider_error') {
      return { error: null, finding: noAnswer(thrown as AppError) }
    }
    const error = String(extra.error ?? extra.error_description)
    const said = extra.error_description ? { said: String(extra.error_description) } : {}
    return { error, ofTheToken: code !== 'provider_error', finding: { ...fail(message, hint), ...said } }
  }
}
