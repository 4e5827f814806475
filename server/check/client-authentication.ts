import type { TokenEndpointAuthMethod } from '../config/config.js'
import { type Finding, fail, pass, skipped, warn } from '../findings/finding.js'
import { encodingMatters } from '../provider/client-authentication.js'
import type { CheckContext } from './context.js'
import { type Trial, tryCredentials } from './credentials-trial.js'

const SAID: Record<TokenEndpointAuthMethod, string> = {
  client_secret_basic: 'in the Basic header, form-encoded (client_secret_basic)',
  client_secret_basic_raw: 'in the Basic header, without encoding (client_secret_basic_raw)',
  client_secret_post: 'in the body (client_secret_post)',
  none: 'as a public client, with no secret (none)',
}

/** Which ways of sending the client's credentials does the token endpoint take, and is the one that is set among them? */
export async function checkClientAuthentication(context: CheckContext): Promise<Finding> {
  const trials = await Promise.all(ways(context).map((method) => tryCredentials(context, method)))
  const accepted = trials.filter(({ result }) => result === 'accepted').map(({ method }) => method)
  // What is found here is used from now on.
  context.provider.authentication.found(accepted)
  const judged = judge(trials, accepted, context.provider.knownAuthMethod(), context)
  if (judged.result === 'fail' && accepted.length === 0) {
    const { noClient } = await context.found('authorization_request')
    if (noClient) return skipped('authorization_request', 'Not checked: the provider does not know the client.')
  }
  return { ...judged, accepted }
}

/** Where encoding changes nothing, the two ways of Basic are one. */
function ways({ config: { clientId, clientSecret } }: CheckContext): TokenEndpointAuthMethod[] {
  if (clientSecret === null) return ['none']
  const raw = encodingMatters(clientId, clientSecret)
  return ['client_secret_basic', ...(raw ? (['client_secret_basic_raw'] as const) : []), 'client_secret_post']
}

function judge(
  trials: Trial[],
  accepted: TokenEndpointAuthMethod[],
  used: TokenEndpointAuthMethod | null,
  { config }: CheckContext,
): Finding {
  const [first] = accepted
  const ours = trials.find(({ method }) => method === used)
  if (first === undefined) return saySecret(worst(trials, ours), config)
  const taken = `The provider accepts the client's credentials ${accepted.map((method) => SAID[method]).join(', and ')}.`
  if (used !== null && accepted.includes(used)) return pass(`${taken} This app sends ${used}.`)
  const message = `${taken} OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD is ${used ?? 'something else'}, which it ${ours?.result === 'refused' ? 'refuses' : 'may not accept'}.`
  const value = `OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD=${first}`
  return {
    ...(ours?.result === 'refused' ? fail : warn)(message, `Set ${value} in .env, then restart.`),
    enter: { value, where: 'in .env, then restart' },
  }
}

/** None was accepted: what the way in use met, unless another tells more. */
function worst(trials: Trial[], ours: Trial | undefined): Finding {
  const inOrder = [...(ours ? [ours] : []), ...trials]
  const [told] = (['refused', 'undecided', 'no_answer'] as const).flatMap((result) =>
    inOrder.filter((trial) => trial.result === result),
  )
  return told?.finding as Finding
}

/** A refusal means something else where no secret is set at all. */
function saySecret(finding: Finding, { clientSecret }: CheckContext['config']): Finding {
  if (!finding.refusesClient) return finding
  const enter = { value: 'OAUTH2_CLIENT_SECRET=', where: 'in .env, then restart' }
  if (clientSecret !== null) return { ...finding, enter }
  return {
    ...finding,
    message: `No client secret is set, so we asked as a public client, and the provider refused. ${finding.message}`,
    hint: 'If the client has a secret, set OAUTH2_CLIENT_SECRET in .env, then restart. If it has none, make it a public client at the provider.',
    enter,
  }
}
