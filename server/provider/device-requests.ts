import type { TokenEndpointAuthMethod } from '../config/config.js'
import { isLoopback, parseUrl } from '../config/urls.js'
import { AppError } from '../errors.js'
import type { AuthMethod } from './auth-method.js'
import type { ProviderContext } from './context.js'
import { type Asked, asRefusal } from './provider-error.js'
import { isSuccess, type ReadAnswer } from './read-answer.js'
import { sendAsClient } from './send.js'
import { cut, text } from './text.js'
import { readTokenAnswer, seconds, type TokenAnswer } from './token-answer.js'
import { wordsOf } from './words.js'

/** What a device authorization response says (RFC 8628 §3.2). */
export interface DeviceAuthorization {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string | null
  /** Seconds. */
  expires_in: number
  /** Seconds between two polls. */
  interval: number
}

/** The person has not answered yet; `slow_down` means to poll less often (RFC 8628 §3.5). */
export type Waiting = 'authorization_pending' | 'slow_down'

export interface DeviceRequests {
  /**
   * Device authorization request (RFC 8628 §3.1).
   * @param codeChallenge RFC 7636, S256; null with OAUTH2_PKCE=off
   */
  authorizeDevice(scope: string, codeChallenge: string | null): Promise<DeviceAuthorization>
  /** Device access token request (RFC 8628 §3.4), sent once. */
  askForDevice(deviceCode: string, codeVerifier: string | null): Promise<TokenAnswer | Waiting>
}

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const STARTING = 10_000
/** The timeout is long, because the answer may contain the token, and we can't request it again. */
const TOKEN_REQUEST = 30_000

/** Sends the two requests of the device authorization grant. */
export function createDeviceRequests(context: ProviderContext, authentication: AuthMethod): DeviceRequests {
  const { metadata, preset, now } = context
  const asked = (where: Asked['where']): Asked => ({ where, provider: preset().id })

  return {
    async authorizeDevice(scope, codeChallenge) {
      const { device_authorization_endpoint: url } = await metadata.get()
      if (url === null) throw noDeviceGrant()
      await authentication.findOut()
      const method = authentication.current()
      const fields = deviceFields(context.config.clientId, method, scope, codeChallenge)
      const { read, sent } = await sendAsClient(context, { where: 'device', url, fields, method, timeout: STARTING })
      const answer = readDeviceAuthorization(read)
      if (answer === null) throw asRefusal(read, asked('device'), sent, ' It has no usable device code.')
      if (!canBeOpened(answer.verification_uri)) throw badVerificationUri(answer.verification_uri)
      return answer
    },

    async askForDevice(deviceCode, codeVerifier) {
      const { token_endpoint: url } = await metadata.get()
      const method = authentication.current()
      const fields: [string, string][] = [
        ['grant_type', DEVICE_GRANT],
        ['device_code', deviceCode],
        ...(codeVerifier === null ? [] : [['code_verifier', codeVerifier] satisfies [string, string]]),
      ]
      const { read, sent } = await sendAsClient(context, {
        where: 'token',
        url,
        fields,
        method,
        timeout: TOKEN_REQUEST,
      })
      const answer = readTokenAnswer(read, { now: now(), sent, method })
      if (answer) return answer
      const error = wordsOf(read, sent)?.error
      if (error === 'authorization_pending' || error === 'slow_down') return error
      throw asRefusal(read, asked('token'), sent, ' It has no access_token and no refresh_token.')
    },
  }
}

/** Writes the request (RFC 8628 §3.1). It has client_id even if the client authenticates with a header: Google and Entra need it. */
const deviceFields = (
  clientId: string,
  method: TokenEndpointAuthMethod,
  scope: string,
  challenge: string | null,
): [string, string][] => [
  ...(method.startsWith('client_secret_basic') ? [['client_id', clientId] satisfies [string, string]] : []),
  ...(scope === '' ? [] : [['scope', scope] satisfies [string, string]]),
  ...(challenge === null
    ? []
    : ([
        ['code_challenge', challenge],
        ['code_challenge_method', 'S256'],
      ] satisfies [string, string][])),
]

/** RFC 8628 §3.2; Google writes `verification_url`. */
function readDeviceAuthorization(read: ReadAnswer): DeviceAuthorization | null {
  if (!isSuccess(read) || read.members === null) return null
  const { device_code, user_code, verification_uri, verification_url, verification_uri_complete } = read.members
  const address = shown(verification_uri) ?? shown(verification_url)
  if (typeof device_code !== 'string' || device_code === '' || shown(user_code) === null || address === null)
    return null
  const complete = shown(verification_uri_complete)
  return {
    device_code,
    user_code: shown(user_code) as string,
    verification_uri: address,
    verification_uri_complete: complete !== null && canBeOpened(complete) ? complete : null,
    expires_in: seconds(read.members.expires_in) || 600,
    interval: seconds(read.members.interval) || 5,
  }
}

/** Requires https, because a person opens this address and types a password there. */
function canBeOpened(address: string): boolean {
  const url = parseUrl(address)
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
}

function shown(value: unknown): string | null {
  const said = text(value)
  return said === null ? null : cut(said)
}

const badVerificationUri = (address: string) =>
  new AppError('provider_malformed', `The provider sends people to ${address} to sign in, which is not https.`, {
    hint: "Don't type a password there. Correct the address at the provider.",
  })

const noDeviceGrant = () =>
  new AppError('provider_error', 'This provider announces no device authorization endpoint (RFC 8628).', {
    hint: 'Run mint without --device, or set OAUTH2_DEVICE_AUTHORIZATION_ENDPOINT.',
    extra: { error: 'unsupported', error_description: null },
  })
