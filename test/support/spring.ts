import { closeLater } from './closing.js'
import { lease } from './servers/lease.js'

export const SPRING_CLIENT = { clientId: 'sensor', secret: 'a+b/c%d:e é &=?' }
export const SPRING_USER = { username: 'alice', password: 'alice-password' }

/** For `beforeAll(…, SPRING_START)`: the very first start also fetches and compiles. */
export const SPRING_START = 600_000

export type Spring = Awaited<ReturnType<typeof startSpring>>

/**
 * Spring Authorization Server with one client (Basic, form-encoded) and one user, shared by all who ask for the same. Needs
 * Java 17 and Maven.
 *
 * @param reuseRefreshTokens true: the same refresh token comes back each time; false: each is one-time
 */
export async function startSpring(reuseRefreshTokens: boolean) {
  const client = 'spring.security.oauth2.authorizationserver.client.sensor'
  const { value, release } = await lease<{ url: string }>('spring.js', [
    'spring.security.oauth2.authorizationserver.issuer=http://127.0.0.1:{port}',
    `spring.security.user.name=${SPRING_USER.username}`,
    `spring.security.user.password={noop}${SPRING_USER.password}`,
    `${client}.registration.client-id=${SPRING_CLIENT.clientId}`,
    `${client}.registration.client-secret={noop}${SPRING_CLIENT.secret}`,
    `${client}.registration.client-authentication-methods=client_secret_basic`,
    `${client}.registration.authorization-grant-types=authorization_code,refresh_token`,
    // Compared without the port, since it is a loopback address (RFC 8252 §7.3); `localhost` would not be.
    `${client}.registration.redirect-uris=http://127.0.0.1/auth/oauth2/callback`,
    `${client}.registration.scopes=openid,offline_access`,
    `${client}.token.reuse-refresh-tokens=${reuseRefreshTokens}`,
  ])
  return {
    issuer: value.url,
    tokenEndpoint: `${value.url}/oauth2/token`,
    introspectionEndpoint: `${value.url}/oauth2/introspect`,
    /** The settings of an app on this port. */
    env: (port: number) => ({
      BASE_URL: `http://127.0.0.1:${port}`,
      OAUTH2_ISSUER: value.url,
      OAUTH2_CLIENT_ID: SPRING_CLIENT.clientId,
      OAUTH2_CLIENT_SECRET: SPRING_CLIENT.secret,
    }),
    stop: closeLater(release),
  }
}
