import type { TokenEndpointAuthMethod } from '../config/config.js'
import { type Finding, fail, pass, warn } from '../findings/finding.js'
import { encodingMatters } from '../provider/client-authentication.js'
import type { CheckContext } from './context.js'
import { type Trial, tryCredentials } from './credentials-trial.js'

const SAID: Record<TokenEndpointAuthMethod, string> = {
  client_secret_basic: 'in the Basic header, form-encoded (client_secret_basic)',
  client_secret_basic_raw: 'in the Basic header, as they are (client_secret_basic_raw)',
  client_secret_post: 'in the body (client_secret_post)',
  none: 'as a public client, with no secret (none)',
}

/** Which ways of sending the client's credentials does the token endpoint take, and is the one that is set among them? */
export async function checkClientAuthentication(context: CheckContext): Promise<Finding> {
  const used = context.provider.knownAuthMethod()
  const trials = await Promise.all(ways(context).map((method) => tryCredentials(context, method)))
  const accepted = trials.filter(({ result }) => result === 'accepted').map(({ method }) => method)
  const finding = { ...judge(trials, accepted, used, context), accepted }
  context.provider.authentication.found(accepted)
  return finding
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
  if (first === undefined) return worst(trials, ours)
  const taken = `The provider takes the client's credentials ${accepted.map((method) => SAID[method]).join(', and ')}.`
  if (used !== null && accepted.includes(used)) return pass(`${taken} This app sends ${used}.`)
  const setting = config.tokenEndpointAuthMethod === 'auto' ? 'auto comes to' : 'is'
  const message = `${taken} OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD ${setting} ${used ?? 'something else'}, which it ${ours?.result === 'refused' ? 'refuses' : 'may not take'}.`
  return (ours?.result === 'refused' ? fail : warn)(message, `Set OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD=${first}.`)
}

/** None was accepted: what the way in use met, unless another tells more. */
function worst(trials: Trial[], ours: Trial | undefined): Finding {
  const inOrder = [...(ours ? [ours] : []), ...trials]
  const [told] = (['refused', 'undecided', 'no_answer'] as const).flatMap((result) =>
    inOrder.filter((trial) => trial.result === result),
  )
  return told?.finding as Finding
}
