import type { Config } from '../config/config.js'
import type { AppError, ErrorCode } from '../errors.js'
import { sayRestart } from '../findings/restart.js'
import type { ProviderFacts } from '../provider/facts.js'
import { progress, type Step, type StepId } from './progress.js'

export interface ErrorPage {
  progress: Step[]
  code: ErrorCode
  status: number
  title: string
  /** What happened. */
  detail: string
  /** The provider's own text; shown as a quotation. */
  said: string | null
  /** Whether the token still works. */
  token: string
  /** What to do. */
  hint: string | null
  /** Where the account is the cause: words for an administrator, and at Keycloak how another person starts. */
  account: { toAdmin: string; restartLogin: boolean } | null
  button: { label: string; href: string }
  signedIn: boolean
  /** A token that the store could not save: this page shows it once. */
  rescued: string | null
  requestId: string | null
}

type Button = ErrorPage['button']

const START_AGAIN: Button = { label: 'Start again', href: '/auth/oauth2' }
const MINT_ANOTHER: Button = { label: 'Sign in again', href: '/auth/oauth2' }
const TOKENS: Button = { label: 'Back to your tokens', href: '/profile' }
const FILES: Button = { label: 'Choose another file', href: '/profile#run' }
const LATEST: Button = { label: 'Your latest token', href: '/profile' }
const LIST: Button = { label: 'Choose a token to forget', href: '/profile/tokens' }
const HOME: Button = { label: 'Go to the home page', href: '/' }
const AGAIN: Button = { label: 'Try again', href: '/' }

interface Telling {
  step: StepId | null
  /** For a visitor with tokens, and for one without. */
  token: [string, string]
  button: [Button, Button]
}

const UNTOUCHED = 'Your token has not changed.'
const DEAD = 'It is dead: no device can refresh with it.'
const DEVICES_GO_ON = 'This does not affect the tokens in your devices.'
const NONE_MADE = 'You have no token yet, so you lost none.'
const signIn: Telling = { step: 'sign_in', token: [UNTOUCHED, NONE_MADE], button: [START_AGAIN, START_AGAIN] }
const elsewhere: Telling = { step: null, token: [UNTOUCHED, 'No token has changed.'], button: [TOKENS, HOME] }
/** A failed refresh says itself what became of its token. */
const provider: Telling = { step: 'prove', token: [UNTOUCHED, NONE_MADE], button: [TOKENS, START_AGAIN] }

/** Says what each failure means for the token, and offers one next step. The error itself says what happened and what to do. */
const TELLINGS: Record<ErrorCode, Telling> = {
  not_signed_in: { ...signIn, token: [UNTOUCHED, 'This revoked no token.'] },
  invalid_callback: signIn,
  invalid_state: signIn,
  invalid_issuer: signIn,
  access_denied: signIn,
  provider_error: { ...signIn, button: [TOKENS, START_AGAIN] },
  invalid_grant: {
    step: 'prove',
    token: [DEAD, DEAD],
    button: [MINT_ANOTHER, MINT_ANOTHER],
  },
  token_refused: {
    step: 'prove',
    token: ['It is not dead: solve this first, then test it again.', 'No token has changed.'],
    button: [TOKENS, START_AGAIN],
  },
  provider_unreachable: provider,
  provider_malformed: provider,
  provider_untrusted: provider,
  provider_timeout: provider,
  no_refresh_token: {
    step: 'sign_in',
    token: ['You have none yet: the provider gave only an access token.', NONE_MADE],
    button: [{ label: 'See why', href: '/profile' }, START_AGAIN],
  },
  refresh_in_progress: {
    step: 'prove',
    token: ['It still works: another request is refreshing it right now.', 'No token has changed.'],
    button: [TOKENS, HOME],
  },
  store_unavailable: {
    step: null,
    token: [DEVICES_GO_ON, DEVICES_GO_ON],
    button: [{ ...TOKENS, label: 'Try again' }, AGAIN],
  },
  unknown_token: { step: null, token: ['No token has changed.', 'No token has changed.'], button: [LATEST, HOME] },
  too_many_tokens: { ...elsewhere, button: [LIST, HOME] },
  unknown_format: { ...elsewhere, step: 'device_config', button: [FILES, HOME] },
  unwritable_value: { ...elsewhere, step: 'device_config', button: [FILES, HOME] },
  invalid_field: elsewhere,
  not_a_refresh_token: elsewhere,
  other_subject: elsewhere,
  busy: { ...elsewhere, step: 'prove' },
  too_early: { ...elsewhere, step: 'prove', token: ['It still works: we sent nothing.', 'No token has changed.'] },
  cross_site: elsewhere,
  method_not_allowed: elsewhere,
  unknown_host: { ...elsewhere, button: [HOME, HOME] },
  rate_limited: { ...elsewhere, button: [{ ...TOKENS, label: 'Try again' }, AGAIN] },
  not_found: elsewhere,
  bad_request: elsewhere,
  payload_too_large: elsewhere,
  insecure_transport: elsewhere,
  internal_error: { ...elsewhere, button: [{ ...TOKENS, label: 'Try again' }, AGAIN] },
}

/** Where the request went. */
export interface AtProvider {
  config: Pick<Config, 'oauth2'>
  provider: Pick<ProviderFacts, 'preset' | 'demo'>
}

interface Visitor {
  signedIn: boolean
  requestId: string
  /** Id and user of the token that the request was about. */
  shown?: string | undefined
  user?: string | null | undefined
}

export function errorPage(error: AppError, visitor: Visitor, at: AtProvider): ErrorPage {
  const { signedIn } = visitor
  const { step, button } = TELLINGS[error.code]
  const { error_description, refresh_token } = error.extra
  const which = signedIn ? 0 : 1
  const rescued = typeof refresh_token === 'string' ? refresh_token : null
  const before: StepId[] = signedIn ? ['check', 'sign_in'] : []
  return {
    progress: progress(step, before, signedIn, visitor.shown),
    code: error.code,
    status: error.status,
    title: error.title,
    detail: error.message,
    said: typeof error_description === 'string' && error_description !== '' ? error_description : null,
    token:
      rescued === null
        ? tokenWords(error, signedIn)
        : 'Only this page has your current token. The one before it may be dead.',
    hint: sayRestart(error.hint),
    account: accountAtFault(error, visitor, at),
    button: ofToken(button[which], visitor.shown),
    signedIn,
    rescued,
    requestId: error.code === 'internal_error' ? visitor.requestId : null,
  }
}

/** What became of the token, for a page and for a script. */
export const tokenWords = ({ code, token }: AppError, signedIn: boolean): string =>
  token ?? TELLINGS[code].token[signedIn ? 0 : 1]

/** Where the account is the cause: another person may sign in, or an administrator may help this one. */
function accountAtFault(
  { code, extra, message, hint }: AppError,
  { user }: Visitor,
  { config: { oauth2 }, provider: { preset, demo } }: AtProvider,
): ErrorPage['account'] {
  const lacksRole = extra.error === 'not_allowed'
  if (code !== 'access_denied' && !lacksRole) return null
  const keycloak = preset.id === 'keycloak'
  return {
    toAdmin: [
      `I tried to sign in to mint a refresh token. ${message}${lacksRole && hint ? ` To fix it: ${hint}` : ''}`,
      '',
      ...(user ? [`User: ${user}`] : []),
      `Client: ${oauth2.clientId}`,
      `${keycloak ? 'Realm' : 'Provider'}: ${oauth2.issuer ?? oauth2.endpoints.authorization_endpoint}`,
    ].join('\n'),
    // Keycloak goes on with the account that is signed in there, and shows no form to another one.
    restartLogin: lacksRole && keycloak && !demo,
  }
}

/** Back to the token that the request was about, not to the latest. */
const ofToken = ({ label, href }: Button, id: string | undefined): Button => ({
  label,
  href: id === undefined ? href : href.replace(/^\/profile(?=#|$)/, `/profile?id=${id}`),
})
