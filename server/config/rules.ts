import { goesPastProxy } from './no-proxy.js'
import type { OptionName } from './options.js'
import type { Problem } from './problem.js'
import type { Environment, Reading } from './read-settings.js'
import { MAKE_A_SECRET, weaknessOf } from './session-secrets.js'
import { isLoopback, isUsableProxy, parseUrl } from './urls.js'

/** Settings of a real provider: if one is set, the demo provider does not run. */
export const PROVIDER_ADDRESSES = [
  'OAUTH2_ISSUER',
  'OAUTH2_DISCOVERY_URL',
  'OAUTH2_AUTHORIZATION_ENDPOINT',
  'OAUTH2_TOKEN_ENDPOINT',
  'OAUTH2_USERINFO_ENDPOINT',
  'OAUTH2_INTROSPECTION_ENDPOINT',
  'OAUTH2_REVOCATION_ENDPOINT',
  'OAUTH2_JWKS_URI',
  'OAUTH2_DEVICE_AUTHORIZATION_ENDPOINT',
] as const satisfies OptionName[]

export interface Situation extends Reading {
  /** Our own settings that could be read. */
  baseUrl: string
  shared: boolean
  demo: boolean
  /** The process's environment, without the `.env` file. */
  environment: Environment
}

/** Checks how settings go together. Each rule checks one thing and reports every place where it is broken. */
export const RULES: ((situation: Situation) => Problem[])[] = [
  ({ shared, baseUrl }) =>
    problemIf(shared && baseUrl.startsWith('http:'), {
      name: 'BASE_URL',
      problem: 'is on http and not on this machine: tokens would cross the network unencrypted',
      cure: `Write ${baseUrl.replace('http:', 'https:')}, with a proxy in front that ends TLS, or http://localhost:PORT`,
    }),

  ({ shared, given }) => {
    const reasons = [
      ...(shared ? ['BASE_URL is not on this machine'] : []),
      ...(given.has('REDIS_URL') ? ['REDIS_URL is set'] : []),
    ]
    return problemIf(reasons.length > 0 && !given.has('SESSION_SECRET'), {
      name: 'SESSION_SECRET',
      problem: `is not set, and ${reasons.join(' and ')}`,
      cure: `Make one with: ${MAKE_A_SECRET}`,
    })
  },

  ({ shared, demo }) =>
    problemIf(shared && demo, {
      name: 'OAUTH2_CLIENT_ID',
      problem: 'is not set, and the demo provider serves this machine alone',
      cure: 'Set OAUTH2_CLIENT_ID and OAUTH2_ISSUER of your own provider, or BASE_URL=http://localhost:PORT',
    }),

  ({ given }) => {
    const others = (['OAUTH2_CLIENT_SECRET', ...PROVIDER_ADDRESSES] as const).filter((name) => given.has(name))
    return problemIf(others.length > 0 && !given.has('OAUTH2_CLIENT_ID'), {
      name: 'OAUTH2_CLIENT_ID',
      problem: `is not set, and ${others.join(', ')} ${others.length > 1 ? 'are' : 'is'}`,
      cure: "Write the client's id at your provider, or unset them all to use the demo provider.",
    })
  },

  ({ demo, given }) => {
    const endpoints = ['OAUTH2_AUTHORIZATION_ENDPOINT', 'OAUTH2_TOKEN_ENDPOINT'] as const
    const missing = endpoints.filter((name) => !given.has(name))
    if (demo || given.has('OAUTH2_ISSUER') || (missing.length === 0 && !given.has('OAUTH2_DISCOVERY_URL'))) return []
    if (missing.length === 1 && missing[0]) {
      return [{ name: missing[0], problem: 'is not set, and there is no OAUTH2_ISSUER', cure: 'Set one of the two.' }]
    }
    return [
      {
        name: 'OAUTH2_ISSUER',
        problem: given.has('OAUTH2_DISCOVERY_URL')
          ? 'is not set, and OAUTH2_DISCOVERY_URL must be checked against it'
          : 'is not set',
        cure: `Write your provider's issuer URL, or, if it has no discovery, ${endpoints.join(' and ')}.`,
      },
    ]
  },

  ({ shared, given }) =>
    PROVIDER_ADDRESSES.filter((name) => shared && /^\s*http:/i.test(given.get(name) ?? '')).map((name) => ({
      name,
      problem: 'is on http, and BASE_URL is not on this machine',
      cure: "Write the provider's https address (its own authority's certificate goes to OAUTH2_CA_FILE).",
    })),

  ({ settings, given, demo }) => {
    const method = settings.OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD
    const hasSecret = demo || given.has('OAUTH2_CLIENT_SECRET')
    const name = 'OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD'
    return [
      ...problemIf(method === 'none' && hasSecret, {
        name,
        problem: `is none, and ${demo ? "the demo provider's client has a secret" : 'OAUTH2_CLIENT_SECRET is set'}`,
        cure: demo ? `Unset ${name}.` : 'Unset one of the two.',
      }),
      ...problemIf(method?.startsWith('client_secret') && !hasSecret, {
        name,
        problem: `is ${method}, and OAUTH2_CLIENT_SECRET is not set`,
        cure: 'Set the secret, or unset the method.',
      }),
    ]
  },

  ({ settings, given, demo }) =>
    problemIf(settings.OAUTH2_PKCE === 'off' && !demo && !given.has('OAUTH2_CLIENT_SECRET'), {
      name: 'OAUTH2_PKCE',
      problem: 'is off, and OAUTH2_CLIENT_SECRET is not set: anyone who sees the code could use it',
      cure: 'Set the secret, or unset OAUTH2_PKCE.',
    }),

  ({ shared, settings, sources }) => {
    const weakness = shared && settings.SESSION_SECRET ? weaknessOf(settings.SESSION_SECRET) : null
    return problemIf(weakness, {
      name: sources.get('SESSION_SECRET') ?? 'SESSION_SECRET',
      problem: `${weakness}, and BASE_URL is not on this machine`,
      cure: `Make one with: ${MAKE_A_SECRET}`,
    })
  },

  ({ shared, environment }) =>
    problemIf(shared && environment.NODE_TLS_REJECT_UNAUTHORIZED === '0', {
      name: 'NODE_TLS_REJECT_UNAUTHORIZED',
      problem: 'is 0, and BASE_URL is not on this machine: anyone on the network could pose as the provider',
      cure: "Unset it. If the provider's certificate is from an authority of your own, name its PEM file in OAUTH2_CA_FILE.",
    }),

  ({ settings, given, sources }) =>
    (['https:', 'http:'] as const).flatMap((protocol) => {
      const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
      const proxy = settings[name]
      if (proxy === null || isUsableProxy(proxy)) return []
      const through = PROVIDER_ADDRESSES.filter((address) => {
        const url = parseUrl(given.get(address)?.trim() ?? '')
        return url?.protocol === protocol && !goesPastProxy(url, settings.NO_PROXY)
      })
      return problemIf(through.length > 0, {
        name: sources.get(name) ?? name,
        problem: `is not a proxy that this app can use, and ${through.join(', ')} would be reached through it`,
        cure: "Write http://HOST:PORT or https://HOST:PORT, unset it, or add the provider's host to NO_PROXY.",
      })
    }),

  ({ shared, settings }) =>
    problemIf(shared && settings.SHOW_CLIENT_SECRET, {
      name: 'SHOW_CLIENT_SECRET',
      problem: 'is true, and BASE_URL is not on this machine: everyone who signs in could read the client secret',
      cure: 'Unset it.',
    }),
]

/** Whether other machines can reach a site at this origin. */
export function isShared(baseUrl: string): boolean {
  return !isLoopback(new URL(baseUrl).hostname)
}

function problemIf(broken: unknown, problem: Problem): Problem[] {
  return broken ? [problem] : []
}
