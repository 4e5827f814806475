import type { TokenEndpointAuthMethod } from '../config/config.js'
import type { AppError } from '../errors.js'
import { type AuthMethod, createAuthMethod, type Probe } from './auth-method.js'
import type { ProviderContext } from './context.js'
import { type Asked, asRefusal, blamed } from './provider-error.js'
import { type ClientRequest, sendAsClient } from './send.js'
import { readTokenAnswer, type TokenAnswer } from './token-answer.js'

/** Timeout of a request that may use up a token, in milliseconds: we can't get its answer again. */
const TOKEN_REQUEST = 30_000
/** Timeout of a request with a made-up token, in milliseconds. */
const PROBING = 5_000

export interface InTime {
  /** Milliseconds. */
  timeout?: number | undefined
}

/** The requests to the token endpoint. */
export interface TokenRequests {
  /** How to send the client's credentials: from the settings, or found out. */
  readonly authentication: AuthMethod
  /** Returns the current way, without a request. */
  knownAuthMethod(): TokenEndpointAuthMethod
  /** Exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.5); without a verifier if OAUTH2_PKCE=off. */
  exchangeCode(code: string, codeVerifier: string | null, redirectUri: string): Promise<TokenAnswer>
  /** Refreshes (RFC 6749 §6), with one request. Rejects with `invalid_grant` if the token is dead, `token_refused` if it is refused for now. */
  refresh(refreshToken: string, how?: { method?: TokenEndpointAuthMethod | undefined } & InTime): Promise<TokenAnswer>
}

type Outcome =
  | { answer: TokenAnswer; blamed: null }
  | { answer: null; refusal: AppError; blamed: 'client' | 'token' | null }

/** Sends codes and refresh tokens to the token endpoint, each once. */
export function createTokenRequests(context: ProviderContext): TokenRequests {
  const { config, metadata, preset, now } = context
  const asked = (where: Asked['where']): Asked => ({ where, provider: preset().id })

  async function tokenRequest(request: ClientRequest): Promise<Outcome> {
    const { read, sent } = await sendAsClient(context, request)
    const answer = readTokenAnswer(read, { now: now(), sent, method: request.method })
    if (answer) {
      authentication.taken(request.method)
      return { answer, blamed: null }
    }
    const none = ' It has no usable access_token or refresh_token.'
    return { answer: null, refusal: asRefusal(read, asked(request.where), sent, none), blamed: blamed(read, sent) }
  }

  /** Sends it in the current way, and remembers whether it was accepted. */
  async function inTheUsualWay(request: ClientRequest): Promise<Outcome> {
    const outcome = await tokenRequest(request)
    if (outcome.blamed === 'client') authentication.refused(request.method)
    else if (outcome.answer || outcome.blamed === 'token') authentication.accepted(request.method)
    return outcome
  }

  const probe: Probe = async (method, client, madeUpToken) => {
    try {
      const { token_endpoint: url } = await metadata.get()
      const fields = refreshFields(madeUpToken)
      const { read, sent } = await sendAsClient(context, {
        where: 'refresh',
        url,
        fields,
        method,
        client,
        timeout: PROBING,
      })
      return blamed(read, sent)
    } catch {
      return null
    }
  }

  const authentication = createAuthMethod({
    config,
    probe,
    likely: () => ({
      usual: preset().authMethod,
      offered: metadata.current?.discovered?.token_endpoint_auth_methods_supported,
    }),
  })

  return {
    authentication,
    knownAuthMethod: authentication.current,

    async exchangeCode(code, codeVerifier, redirectUri) {
      const { token_endpoint: url } = await metadata.get()
      await authentication.settled()
      const first = authentication.current()
      const [next] = authentication.after(first)
      const fields = codeFields(code, codeVerifier, redirectUri)
      const request = { where: 'token', url, fields, timeout: TOKEN_REQUEST } as const
      const outcome = await inTheUsualWay({ ...request, method: first })
      if (next === undefined || outcome.blamed !== 'client') return kept(outcome)
      // The code is still unused: a server authenticates the client first (RFC 6749 §4.1.3).
      const second = await inTheUsualWay({ ...request, method: next })
      return kept(second.answer ? second : outcome)
    },

    async refresh(refreshToken, { method, timeout = TOKEN_REQUEST } = {}) {
      const { token_endpoint: url } = await metadata.get()
      const request = { where: 'refresh', url, fields: refreshFields(refreshToken), timeout } as const
      if (method !== undefined) return kept(await tokenRequest({ ...request, method }))
      await authentication.findOut()
      return kept(await inTheUsualWay({ ...request, method: authentication.current() }))
    },
  }
}

/** @throws AppError the refusal */
function kept(outcome: Outcome): TokenAnswer {
  if (outcome.answer) return outcome.answer
  throw outcome.refusal
}

/** RFC 6749 §4.1.3, RFC 7636 §4.5. */
const codeFields = (code: string, codeVerifier: string | null, redirectUri: string): [string, string][] => [
  ['grant_type', 'authorization_code'],
  ['code', code],
  ['redirect_uri', redirectUri],
  ...(codeVerifier === null ? [] : [['code_verifier', codeVerifier] satisfies [string, string]]),
]

/** RFC 6749 §6. */
const refreshFields = (refreshToken: string): [string, string][] => [
  ['grant_type', 'refresh_token'],
  ['refresh_token', refreshToken],
]
