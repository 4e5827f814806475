import type { AppError } from '../errors.js'
import { type Finding, fail, pass, unknown, warn } from '../findings/finding.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import type { CheckContext } from './context.js'

/** Is the provider's metadata where the issuer says, and is it that issuer's? Asked again, whatever is known already. */
export async function checkDiscovery({ config, fetch, provider }: CheckContext): Promise<Finding> {
  try {
    const metadata = await provider.metadata.again(fetch)
    if (metadata.discovered === null) {
      return unknown('OAUTH2_ISSUER is not set, so we use the endpoints in the settings and do not compare issuers.')
    }
    return judge(metadata, metadata.discovered, config.pkce)
  } catch (error) {
    const { message, hint } = error as AppError
    const { authorization_endpoint, token_endpoint } = config.endpoints
    return authorization_endpoint && token_endpoint
      ? warn(message, `This app uses the endpoints in the settings instead. ${hint ?? ''}`.trim())
      : fail(message, hint)
  }
}

function judge({ remarks }: ProviderMetadata, discovered: Record<string, unknown>, usesPkce: boolean): Finding {
  const { issuer, code_challenge_methods_supported } = discovered
  const said = remarks.map(({ message }) => ` ${message}`).join('')
  const found = `We found the provider's metadata. Its issuer is ${String(issuer)}.${said}`
  const listed = Array.isArray(code_challenge_methods_supported) && code_challenge_methods_supported.includes('S256')
  return listed || !usesPkce
    ? pass(found)
    : warn(
        `${found} It does not list PKCE with S256, which this app uses.`,
        'If the sign-in works, do nothing: some providers, such as Entra ID, support PKCE without listing it. If the provider refuses it, set OAUTH2_PKCE=off.',
      )
}
