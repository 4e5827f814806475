import { AppError } from '../errors.js'
import { isIssuer } from '../provider/issuer.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import type { Provider } from '../provider/provider.js'
import { cut, oauthError } from '../provider/provider-error.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { CallbackParameters } from './callback.js'
import { type Begun, beginSignIn, exchangeCode } from './run-strategy.js'
import type { SignIn } from './sign-ins-under-way.js'
import type { AuthorizationRequest } from './strategy.js'

/** One client's sign-ins at its provider, without a browser or a web framework. */
export interface SignInFlow {
  /**
   * Begins: the address for the browser, and what the way back needs.
   * @param prompt OpenID Connect's `prompt`, for "sign in as someone else"
   * @param how `inspects`: no offline token is asked for, only who signs in
   */
  begin(prompt?: string, how?: { inspects: boolean }): Promise<Begun & { signIn: SignIn }>
  /**
   * Ends: judges the issuer, then the provider's error, then exchanges the code.
   * @param signIn what `begin` gave; whoever calls has matched the state
   * @throws AppError `invalid_issuer`, `access_denied`, `provider_error`, or what kept the token endpoint from answering
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

/** What a sign-in asks the provider for, as it is set up; the set-up check asks for the same. */
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

/** RFC 9207 §2.4: a provider that announces `iss` sends it, and it is the one that the sign-in began with. */
function judgeIssuer({ iss }: CallbackParameters, { issuer }: SignIn, { discovered }: ProviderMetadata): void {
  if (issuer === null) return
  const announced = discovered?.authorization_response_iss_parameter_supported === true
  if (iss === null ? !announced : isIssuer(iss, issuer, discovered)) return
  throw new AppError(
    'invalid_issuer',
    iss === null
      ? `The provider says that it names itself (iss) in its answer, and this answer doesn't. Expected: ${issuer}.`
      : `The answer names the issuer ${cut(iss)}, not ${issuer}.`,
    { hint: 'Start again. If it happens every time, OAUTH2_ISSUER or a proxy in between is wrong.' },
  )
}

function refusal({ error, error_description }: CallbackParameters, provider: Provider): AppError {
  if (error === 'access_denied') {
    return new AppError('access_denied', 'You cancelled, or the provider denied access. No token was made.', {
      hint: 'Start again and allow the access.',
      extra: error_description === null ? {} : { error_description: cut(error_description) },
    })
  }
  return oauthError(error as string, error_description ?? undefined, {
    where: 'callback',
    provider: provider.preset().id,
  })
}
