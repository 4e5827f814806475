import { type Authenticator, Passport } from 'passport'
import { AppError } from '../errors.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import { type AuthorizationRequest, type Exchange, OfflineTokenStrategy, type StrategyRequest } from './strategy.js'

const passport = new Passport() as unknown as Authenticator

/** The result of a run: an address for the browser, or the provider's answer to the code. */
type Outcome = { location: string } | { answer: TokenAnswer }

/**
 * Runs passport's strategy without a web framework's request and response. The site, the set-up check and the command `mint` all start
 * a sign-in here, so the check sees exactly what the site sends.
 */
function runStrategy(strategy: OfflineTokenStrategy, request: StrategyRequest): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let location = ''
    const response = {
      setHeader(name: string, value: string) {
        if (name === 'Location') location = value
      },
      end: () => resolve({ location }),
    }
    const finished = (error: unknown, answer: TokenAnswer | false) =>
      answer
        ? resolve({ answer })
        : reject(error ?? new AppError('invalid_state', 'We could not complete this sign-in.'))
    const middleware = passport.authenticate(strategy as unknown as string, finished as never)
    middleware(request, response, reject)
  })
}

/** A sign-in that has started. */
export interface Begun {
  /** The authorization URL, which the browser opens. */
  url: string
  state: string
  /** null with OAUTH2_PKCE=off. */
  code_verifier: string | null
}

/** Starts a sign-in: writes the authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export async function beginSignIn(asked: AuthorizationRequest): Promise<Begun> {
  const request: StrategyRequest = { query: {} }
  const outcome = await runStrategy(new OfflineTokenStrategy(asked, noExchange), request)
  const { state = '', code_verifier = null } = request
  return { url: new URL((outcome as { location: string }).location).href, state, code_verifier }
}

/**
 * Completes a sign-in: exchanges the code and returns the provider's answer.
 * @throws AppError the error of the exchange
 */
export async function exchangeCode(
  asked: AuthorizationRequest,
  { code, state, code_verifier }: { code: string; state: string; code_verifier: string | null },
  exchange: Exchange,
): Promise<TokenAnswer> {
  const strategy = new OfflineTokenStrategy(asked, exchange)
  const outcome = await runStrategy(strategy, {
    query: { code, state },
    code_verifier: code_verifier ?? undefined,
  })
  return (outcome as { answer: TokenAnswer }).answer
}

const noExchange: Exchange = () => Promise.reject(new Error('a sign-in that starts has no code to exchange'))
