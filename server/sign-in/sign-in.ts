import { AppError } from '../errors.js'
import { isIssuer } from '../provider/issuer.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import type { Provider } from '../provider/provider.js'
import { oauthError } from '../provider/provider-error.js'
import { cut } from '../provider/text.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { CallbackParameters } from './callback.js'
import { type Begun, beginSignIn, exchangeCode } from './run-strategy.js'
import type { SignIn } from './sign-ins-under-way.js'
import type { AuthorizationRequest } from './strategy.js'

/** Signs people in at the provider, without a browser or a web framework. */
export interface SignInFlow {
  /**
   * Starts a sign-in: returns the address for the browser, and what the callback needs.
   * @param prompt OpenID Connect's `prompt`, for "sign in as someone else"
   * @param how `inspects`: no offline token is asked for, only who signs in
   */
  begin(prompt?: string, how?: { inspects: boolean }): Promise<Begun & { signIn: SignIn }>
  /**
   * Completes a sign-in: checks the issuer, then the provider's error, then exchanges the code.
   * @param signIn the result of `begin`; the caller has checked the state
   * @throws AppError `invalid_issuer`, `access_denied`, `provider_error`, or the failure of the token request
   */
  finish(parameters: CallbackParameters, signIn: SignIn): Promise<TokenAnswer>
}

/** @param redirectUri `$BASE_URL/auth/oauth2/callback` */
export function createSignInFlow(provider: Provider, redirectUri: string): SignInFlow {
  const asked = (metadata: ProviderMetadata, prompt?: string) =>
    authorizationRequest(provider, metadata, redirectUri, prompt)
  return {
    async begin(prompt, { inspects } = { inspects: false }) {
      const metadata = await provider.metadata.get()
      const request = asked(metadata, prompt)
      const begun = await beginSignIn(inspects ? withoutOffline(request) : request)
      const signIn = { code_verifier: begun.code_verifier, issuer: metadata.issuer }
      return { ...begun, signIn: inspects ? { ...signIn, inspects } : signIn }
    },
    async finish(parameters, signIn) {
      const metadata = await provider.metadata.get()
      judgeIssuer(parameters, signIn, metadata)
      const { code, state } = parameters
      if (code === null) throw refusal(parameters, provider)
      return exchangeCode(
        asked(metadata),
        { code, state: state ?? '', code_verifier: signIn.code_verifier },
        (code, verifier) => provider.exchangeCode(code, verifier ?? null, redirectUri),
      )
    },
  }
}

/** Lists what a sign-in asks the provider for; the set-up check asks for the same. */
export function authorizationRequest(
  provider: Provider,
  { authorization_endpoint }: Pick<ProviderMetadata, 'authorization_endpoint'>,
  redirect_uri: string,
  prompt?: string,
): AuthorizationRequest {
  const { scope, authorizationParams } = provider.asksFor()
  const others = authorizationParams.filter(([name]) => prompt === undefined || name !== 'prompt')
  return {
    authorization_endpoint,
    client_id: provider.config.clientId,
    redirect_uri,
    scope,
    authorizationParams: prompt === undefined ? others : [...others, ['prompt', prompt]],
    pkce: provider.config.pkce,
  }
}

/** The same request without what brings a token that lasts. */
function withoutOffline(request: AuthorizationRequest): AuthorizationRequest {
  const scope = request.scope.split(' ').filter((one) => one !== '' && one !== 'offline_access' && one !== 'offline')
  return {
    ...request,
    scope: scope.join(' ') || 'openid',
    authorizationParams: request.authorizationParams.filter(([name]) => !/^(token_)?access_type$/.test(name)),
  }
}

/** Checks `iss` (RFC 9207 §2.4): a provider that announces it must send it, and it must be the issuer of the sign-in. */
function judgeIssuer({ iss }: CallbackParameters, { issuer }: SignIn, { discovered }: ProviderMetadata): void {
  if (issuer === null) return
  const announced = discovered?.authorization_response_iss_parameter_supported === true
  if (iss === null ? !announced : isIssuer(iss, issuer, discovered)) return
  throw new AppError(
    'invalid_issuer',
    iss === null
      ? `The provider announces that its answers name the issuer (iss), but this answer doesn't. Expected: ${issuer}.`
      : `The answer names the issuer ${cut(iss)}, not ${issuer}.`,
    { hint: 'Start again. If it happens every time, check OAUTH2_ISSUER and any proxy in front of the provider.' },
  )
}

function refusal({ error, error_description }: CallbackParameters, provider: Provider): AppError {
  if (error === 'access_denied') {
    return new AppError('access_denied', 'You cancelled, or the provider denied access. You got no token.', {
      hint: 'Start again and allow access.',
      extra: error_description === null ? {} : { error_description: cut(error_description) },
    })
  }
  return oauthError(error as string, error_description ?? undefined, {
    where: 'callback',
    provider: provider.preset().id,
  })
}
