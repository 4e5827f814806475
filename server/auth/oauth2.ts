import { randomBytes } from 'node:crypto'
import type { Request } from 'express'
import OAuth2Strategy, { type StateStoreVerifyCallback } from 'passport-oauth2'
import { AppError } from '../errors.js'
import { isIssuer } from '../provider/issuer.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import type { Provider } from '../provider/provider.js'
import { cut, oauthError } from '../provider/provider-error.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import { saveSession } from '../sessions/sessions.js'
import type { SignIn, SignIns } from '../stores/sign-ins.js'
import type { StoredTokenSet } from '../stores/token-sets.js'
import { type CallbackParameters, readCallback } from './callback.js'

/** Turns the provider's first answer into what the session keeps. */
export type Mint = (answer: TokenAnswer) => Promise<StoredTokenSet>

interface Options {
  provider: Provider
  metadata: ProviderMetadata
  signIns: SignIns
  /** `$BASE_URL/auth/oauth2/callback`, absolute: never made up from what a request says. */
  redirectUri: string
  mint: Mint
}

/** What `passport.authenticate` is given: where in the sign-in we are, and `prompt` for "sign in as somebody else". */
export interface Step {
  callback?: boolean
  prompt?: string | undefined
}

type Done = (error: unknown, user?: StoredTokenSet) => void

/**
 * The authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636) by passport-oauth2: it makes the redirect, `state` and the
 * challenge. On the way back, state and issuer are judged before anything else, and the code goes out through the provider
 * client, which is bounded in time and size.
 */
export class OfflineTokenStrategy extends OAuth2Strategy {
  // Passport makes a copy of the strategy for each request (Object.create), which a #private field would not survive.
  private readonly options: Options

  constructor(options: Options) {
    const { provider, metadata, signIns, redirectUri, mint } = options
    const { scope } = provider.asksFor()
    super(
      {
        authorizationURL: metadata.authorization_endpoint,
        tokenURL: metadata.token_endpoint,
        clientID: provider.config.clientId,
        clientSecret: '',
        callbackURL: redirectUri,
        ...(scope && { scope }),
        pkce: true,
        state: true,
        passReqToCallback: true,
        skipUserProfile: true,
        store: stateStore(signIns, metadata.issuer) as unknown as OAuth2Strategy.StateStore,
      },
      ((_req: Request, _access: string, _refresh: string, answer: TokenAnswer, _profile: unknown, done: Done) => {
        mint(answer).then((stored) => done(null, stored), done)
      }) as unknown as OAuth2Strategy.VerifyFunctionWithRequest,
    )
    this.options = options
    const exchange = (
      code: string,
      parameters: { code_verifier: string },
      done: (error: unknown, ...rest: unknown[]) => void,
    ) => {
      provider.exchangeCode(code, parameters.code_verifier, redirectUri).then(
        (answer) => done(null, answer.access_token, answer.refresh_token, answer),
        (error) => done(error),
      )
    }
    this._oauth2.getOAuthAccessToken = exchange as unknown as typeof this._oauth2.getOAuthAccessToken
  }

  override authenticate(req: Request, step: Step): void {
    if (!step.callback) {
      // Only the callback has answers in it: whatever the query says here, a sign-in begins.
      super.authenticate(Object.create(req, { query: { value: {} }, body: { value: undefined } }), step)
      return
    }
    this.judge(req).then(
      (signIn) => {
        req.signIn = signIn
        super.authenticate(req, step)
      },
      (error) => this.error(error),
    )
  }

  override authorizationParams({ prompt }: Step): object {
    const { authorizationParams } = this.options.provider.asksFor()
    const all: Record<string, string | string[]> = {}
    for (const [name, value] of authorizationParams)
      all[name] = name in all ? [all[name] as string, value].flat() : value
    return prompt ? { ...all, prompt } : all
  }

  /** What `exchangeCode` rejected with is told as it is. */
  _createOAuthError(_message: string, error: unknown): unknown {
    return error
  }

  /** State first, then the issuer, then the provider's error: a stranger's text is neither shown nor believed. */
  private async judge(req: Request): Promise<SignIn> {
    const parameters = readCallback(req.query)
    const { browser } = req.session
    const taken =
      parameters.state !== null && browser !== undefined
        ? await this.options.signIns.take(browser, parameters.state)
        : null
    if (!taken) throw notOurs(this.options.redirectUri)
    judgeIssuer(parameters, taken, this.options.metadata)
    if (parameters.error !== null) throw refusal(parameters, this.options.provider)
    return taken
  }
}

/** Sign-ins that one browser may have begun and not ended: a tab each. */
const UNDER_WAY_AT_MOST = 8

/** passport-oauth2's state store: one record for each sign-in under way, so that two tabs do not disturb each other. */
function stateStore(signIns: SignIns, issuer: string | null) {
  return {
    store(
      req: Request,
      codeVerifier: string,
      _state: unknown,
      _meta: unknown,
      done: (error: unknown, state?: string) => void,
    ) {
      const state = randomBytes(32).toString('base64url')
      const browser = req.session.browser ?? randomBytes(24).toString('base64url')
      const underWay = [...(req.session.signIns ?? []), state]
      const forgotten = underWay.splice(0, underWay.length - UNDER_WAY_AT_MOST)
      Object.assign(req.session, { browser, signIns: underWay })
      Promise.all([
        signIns.put(browser, state, { code_verifier: codeVerifier, issuer }),
        ...forgotten.map((oldest) => signIns.take(browser, oldest)),
      ])
        // The redirect that follows must not be faster than the session it relies on.
        .then(() => saveSession(req))
        .then(() => done(null, state), done)
    },
    verify(req: Request, _state: string, _meta: unknown, done: StateStoreVerifyCallback) {
      done(null as never, req.signIn?.code_verifier as never, undefined)
    },
  }
}

const notOurs = (redirectUri: string) =>
  new AppError(
    'invalid_state',
    `This sign-in didn't start in this browser at ${new URL(redirectUri).origin}, or it took over 10 minutes. Nothing was lost.`,
    { hint: 'Start again.' },
  )

/** RFC 9207 §2.4: whoever announces `iss` sends it, and it is the one the sign-in began with. */
function judgeIssuer({ iss }: CallbackParameters, { issuer }: SignIn, { discovered }: ProviderMetadata): void {
  if (issuer === null) return
  const announced = discovered?.authorization_response_iss_parameter_supported === true
  if (iss === null ? !announced : isIssuer(iss, issuer, discovered)) return
  throw new AppError(
    'invalid_issuer',
    iss === null
      ? `The provider says that it names itself (iss), and this answer does not.`
      : `The answer names another issuer than ${issuer}.`,
    { hint: 'Start again. If it happens every time, OAUTH2_ISSUER or a proxy in between is wrong.' },
  )
}

function refusal({ error, error_description }: CallbackParameters, provider: Provider): AppError {
  if (error === 'access_denied') {
    return new AppError('access_denied', 'You, or the provider for you, said no. No token was made.', {
      hint: 'Start again and allow the access.',
      extra: error_description === null ? {} : { error_description: cut(error_description) },
    })
  }
  return oauthError(error as string, error_description ?? undefined, {
    where: 'callback',
    provider: provider.preset().id,
  })
}

declare module 'express-serve-static-core' {
  interface Request {
    signIn?: SignIn
  }
}
