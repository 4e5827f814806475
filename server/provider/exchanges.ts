import { AppError } from '../errors.js'
import type { ProviderContext } from './context.js'
import { createDeviceRequests, type DeviceRequests } from './device-requests.js'
import { createKeySet, type SignatureCheck } from './key-set.js'
import { asRefusal } from './provider-error.js'
import { isSuccess, readAnswer, shapeOf } from './read-answer.js'
import { sendAsClient } from './send.js'
import { createTokenRequests, type InTime, type TokenRequests } from './token-requests.js'

/** What introspection answers (RFC 7662 §2.2). */
export interface Introspection {
  active: boolean
  [member: string]: unknown
}

/** The requests to the provider. */
export interface Exchanges extends TokenRequests, DeviceRequests {
  /** Introspects a token (RFC 7662), with the hint that Keycloak needs; null if the provider has no such endpoint. */
  introspect(refreshToken: string, how?: InTime): Promise<Introspection | null>
  /** Revokes a token (RFC 7009). Resolves only if the provider confirms it. */
  revoke(refreshToken: string): Promise<void>
  /** Asks OpenID Connect UserInfo; null if there is none or it refuses. */
  userInfo(accessToken: string, how?: InTime): Promise<Record<string, unknown> | null>
  /** Checks a JWT's signature with the provider's JWKS. */
  checkSignature(token: string): Promise<SignatureCheck>
}

/** Timeout of a request that is not essential, in milliseconds. */
const ASKING = 5_000
const REVOKING = 10_000

/** Sends token requests, introspection, revocation and UserInfo requests. */
export function createExchanges(context: ProviderContext): Exchanges {
  const { metadata, fetch, preset, now, log } = context
  const keys = createKeySet(fetch)
  const tokenRequests = createTokenRequests(context)

  return {
    ...tokenRequests,
    ...createDeviceRequests(context, tokenRequests.authentication),

    async introspect(token, { timeout = ASKING } = {}) {
      const { introspection_endpoint: url } = await metadata.get()
      if (url === null) return null
      const method = tokenRequests.authentication.current()
      const fields = aboutToken(token)
      const { read, sent } = await sendAsClient(context, { where: 'introspection', url, fields, method, timeout })
      const active = read.members?.active
      if (isSuccess(read) && typeof active === 'boolean') return { ...read.members, active }
      throw asRefusal(read, { where: 'introspection', provider: preset().id }, sent, ' It has no member active.')
    },

    async revoke(token) {
      const { revocation_endpoint: url } = await metadata.get()
      if (url === null) throw noRevocation()
      const method = tokenRequests.authentication.current()
      const fields = aboutToken(token)
      const { read, sent } = await sendAsClient(context, {
        where: 'revocation',
        url,
        fields,
        method,
        timeout: REVOKING,
      })
      // RFC 7009 §2.2: any success means that the token is revoked; the body does not matter.
      if (read.status >= 200 && read.status < 300) return
      throw asRefusal(read, { where: 'revocation', provider: preset().id }, sent)
    },

    async userInfo(accessToken, { timeout = ASKING } = {}) {
      const { userinfo_endpoint: url } = await metadata.get()
      if (url === null) return null
      try {
        const headers = { accept: 'application/json', authorization: `Bearer ${accessToken}` }
        const read = await readAnswer(await fetch(url, { headers, timeout }), now())
        log.debug({ where: 'userinfo', ...shapeOf(read) }, 'provider answered')
        return isSuccess(read) ? read.members : null
      } catch {
        // Keycloak answers 403 without the scope `openid`. Then the user stays unknown, and nothing else fails.
        return null
      }
    },

    async checkSignature(token) {
      const { jwks_uri } = await metadata.get()
      return keys.check(token, jwks_uri)
    },
  }
}

/** RFC 7009 §2.1, RFC 7662 §2.1. */
const aboutToken = (token: string): [string, string][] => [
  ['token', token],
  ['token_type_hint', 'refresh_token'],
]

const noRevocation = () =>
  new AppError('provider_error', 'This provider has no revocation endpoint (RFC 7009).', {
    hint: "Revoke the token in the provider's account or admin pages.",
    extra: { error: 'unsupported', error_description: null },
  })
