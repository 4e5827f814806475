import { describe, expect, it } from '@jest/globals'
import { loadConfig } from '../../server/config.js'

describe('loadConfig with nothing set', () => {
  const config = loadConfig({}, { randomSecret: () => 'made up at this start' })

  it('serves the demo provider on loopback', () => {
    expect(config).toEqual({
      port: 3000,
      host: null,
      baseUrl: 'http://localhost:3000',
      shared: false,
      demo: true,
      oauth2: {
        issuer: 'http://localhost:3000/realms/organicity',
        discoveryUrl: null,
        endpoints: {
          authorization_endpoint: null,
          token_endpoint: null,
          userinfo_endpoint: null,
          introspection_endpoint: null,
          revocation_endpoint: null,
          jwks_uri: null,
        },
        clientId: 'sensor',
        clientSecret: 'sensor-secret',
        scope: null,
        tokenEndpointAuthMethod: 'auto',
        authorizationParams: [],
        ca: null,
      },
      sessionSecrets: ['made up at this start'],
      sessionSecretGiven: false,
      redisUrl: null,
      trustProxy: [],
      showClientSecret: true,
      logLevel: 'info',
      proxy: { http: null, https: null, no: null },
    })
  })
})
