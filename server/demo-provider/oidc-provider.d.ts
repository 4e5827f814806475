// oidc-provider ships no types. These are the parts that the demo provider uses, no more.

declare module 'oidc-provider/lib/provider.js' {
  import type { IncomingMessage, ServerResponse } from 'node:http'
  import type { JWK } from 'jose'

  /** What oidc-provider stores about a code, a refresh token or an access token. */
  export interface TokenRecord {
    jti: string
    accountId: string
    clientId: string
    grantId: string
    scope?: string
  }

  export interface Interaction {
    uid: string
    params: { client_id: string; redirect_uri: string; scope: string; prompt?: string; max_age?: string }
  }

  /** A device's request, and the answer of the person. */
  export interface DeviceCode {
    clientId: string
    /** Without the dash. */
    userCode: string
    params: { scope?: string }
    deviceInfo: { expiresAt: number; codeChallenge: string | null }
    accountId?: string
    error?: string
    errorDescription?: string
    save(): Promise<string>
  }

  export interface Grant {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    /** Resolves to the grant's identifier. */
    save(): Promise<string>
    destroy(): Promise<void>
  }

  /** Koa's context. */
  export interface Context {
    req: IncomingMessage
    res: ServerResponse
    /** The form of a client's request, set by our own middleware. */
    form?: URLSearchParams
    cookies: {
      get(name: string, options: { signed: boolean }): string | undefined
      set(name: string, value: string | null, options: object): void
    }
    request: { req: IncomingMessage }
    response: { is(type: string): string | false }
    method: string
    path: string
    query: Record<string, string | string[] | undefined>
    status: number
    type: string
    // biome-ignore lint/suspicious/noExplicitAny: whatever will be sent
    body: any
    get(header: string): string
    set(header: string, value: string): void
    set(headers: Record<string, string>): void
    redirect(url: string): void
    oidc: {
      entities: { RefreshToken?: TokenRecord }
      session: { destroyed: boolean }
      result?: { login?: object }
    }
  }

  export type Middleware = (ctx: Context, next: () => Promise<void>) => Promise<void> | void

  export interface Configuration {
    adapter: (kind: string) => object
    jwks: { keys: JWK[] }
    routes: Record<string, string>
    clients: object[]
    clientAuthMethods: string[]
    clientBasedCORS: () => boolean
    responseTypes: string[]
    scopes: string[]
    claims: Record<string, string[]>
    pkce: { required: () => boolean }
    extraParams: Record<string, (ctx: Context, value: string | undefined) => void>
    interactions: { policy: object[]; url: (ctx: Context, interaction: Interaction) => string }
    discovery: object
    findAccount: (
      ctx: Context,
      sub: string,
      token?: { grantId?: string },
    ) => { accountId: string; claims: (use: string) => Promise<object> } | undefined
    issueRefreshToken: (ctx: Context, client: object, code: TokenRecord) => boolean
    rotateRefreshToken: (ctx: Context) => boolean
    expiresWithSession: () => boolean
    ttl: Record<string, number | ((ctx: Context, token: TokenRecord) => number)>
    formats: object
    features: {
      [feature: string]: object
      resourceIndicators: {
        enabled: boolean
        defaultResource: () => string
        useGrantedResource: () => boolean
        getResourceServerInfo: (ctx: Context, resource: string) => object
      }
    }
    renderError: (
      ctx: Context,
      out: { error: string; error_description?: string },
      error: unknown,
    ) => Promise<void> | void
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration)
    /** Koa: believe X-Forwarded-Host and X-Forwarded-Proto. */
    proxy: boolean
    readonly issuer: string
    /** Puts a middleware before oidc-provider's own. */
    use(middleware: Middleware): this
    callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>
    on(event: 'error', listener: (error: { expose?: boolean }, ctx: Context) => void): this
    on(event: string, listener: (ctx: Context, error: { error_detail?: string }) => void): this
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>
    /** Resolves to the URL at which the authorization request goes on. */
    interactionResult(req: IncomingMessage, res: ServerResponse, result: object): Promise<string>
    Grant: {
      new (properties: { jti: string; accountId: string; clientId: string }): Grant
      find(id: string): Promise<Grant | undefined>
    }
    RefreshToken: { revokeByGrantId(grantId: string): Promise<void> }
    DeviceCode: {
      find(code: string, options: { ignoreExpiration: boolean }): Promise<DeviceCode | undefined>
      findByUserCode(userCode: string, options: { ignoreExpiration: boolean }): Promise<DeviceCode | undefined>
    }
  }
}

declare module 'oidc-provider/lib/helpers/errors.js' {
  class OIDCProviderError extends Error {
    constructor(description?: string)
  }
  export class InvalidGrant extends OIDCProviderError {}
  export class InvalidRequest extends OIDCProviderError {}
  export class InvalidScope extends OIDCProviderError {}
  export class InvalidClient extends OIDCProviderError {}
  export class InvalidRedirectUri extends OIDCProviderError {}
  export class InvalidTarget extends OIDCProviderError {}
  export class SessionNotFound extends OIDCProviderError {}
  export class CustomOIDCProviderError extends OIDCProviderError {
    constructor(error: string, description: string)
  }
}

declare module 'oidc-provider/lib/helpers/interaction_policy/index.js' {
  import type { Context } from 'oidc-provider/lib/provider.js'
  export class Check {
    constructor(reason: string, description: string, check: (ctx: Context) => boolean)
  }
  export class Prompt {
    constructor(info: { name: string; requestable: boolean }, ...checks: Check[])
  }
}
