import type { TokenEndpointAuthMethod } from '../config/config.js'
import type { SignatureCheck } from '../provider/key-set.js'
import type { Remark } from '../provider/remarks.js'

/** What a device with this token must do; null until a test has run. */
export type Verdict = 'reusable' | 'one_time' | 'unknown' | 'invalid'

/** Who signed in, from the access token's claims, else from UserInfo; null if unknown. */
export interface Who {
  username: string | null
  subject: string | null
  email: string | null
  realm_roles: string[]
  /** Roles by client (Keycloak: `resource_access`). */
  client_roles: Record<string, string[]>
}

/** How we found the verdict; proof/words.ts has the sentences. */
export type Found =
  | 'same'
  | 'first_active'
  | 'first_inactive'
  | 'documented_valid'
  | 'documented_one_time'
  | 'learned'
  | 'grace'
  | 'not_known'
  | 'refused_at_first'
  | 'refused_at_second'
  | 'dead_before'
  | 'reuse_refused'
  | 'reuse_ended_grant'
  | 'reuse_taken'

/** Why introspection did not say whether the first token is active. */
export type NotAsked = 'no_introspection' | 'current_inactive' | 'calls_all_active' | 'no_answer'

/** The facts that a test found. A page writes sentences about them when it shows them. */
export interface Proof {
  verdict: Verdict
  /** Whether the test itself found the verdict, or the provider documents it; null with `unknown`. */
  basis: 'tested' | 'documented' | null
  found: Found
  /** What introspection, with its controls, said about the first token; null if it could not be asked. */
  first_active: boolean | null
  not_asked: NotAsked | null
  /** How the end changed from the first refresh to the second; null if no end is known. */
  end: { moves: boolean | null; lasts: number | null } | null
  /** Milliseconds since the epoch. */
  proved_at: number
}

/** The source of a known end. */
export type EndSource = 'token' | 'answer' | 'introspection' | 'documented'

/** A downloaded device config: we warn before a one-time token is downloaded twice, or is refreshed here after a download. */
export interface Download {
  format: string
  /** The name of the downloaded file. */
  file: string
  /** Fingerprint of the refresh token in it. */
  fingerprint: string
  at: number
}

/**
 * An entry of a session's list: a minted or pasted token, sealed in the store. Names from the requests (RFC 6749) stay as they are.
 * Times are milliseconds since the epoch; null means "unknown".
 */
export interface Entry {
  origin: 'sign_in' | 'brought'
  access_token: string | null
  token_type: 'Bearer' | null
  /** Whether the last answer had the type DPoP: then the token is bound to a key that a device does not have (RFC 9449). */
  dpop: boolean
  /** The access token's lifetime in seconds, from the answer. */
  expires_in: number | null
  expires_at: number | null
  /** The current refresh token (RFC 6749 §6); null if the provider gave none. */
  refresh_token: string | null
  /** The first refresh token: a device that keeps its token would have this one. */
  first_refresh_token: string | null
  /** When a refresh first returned another refresh token. */
  first_replaced_at: number | null
  /** Whether the last refresh returned another refresh token. */
  refresh_token_changed: boolean
  /** Keycloak's `refresh_expires_in` in seconds, as sent: 0 means an idle limit, not "never". */
  refresh_expires_in: number | null
  /** The known end of the current refresh token: its `exp`, `refresh_expires_in` above 0, or `refresh_token_expires_in`. */
  refresh_token_expires_at: number | null
  /** The source of the end; null if no end is known. */
  refresh_token_expires_source: EndSource | null
  scope: string | null
  /** `iss` and `sub` of the first ID token: later ID tokens must have the same (OpenID Connect Core §12.2). */
  id_token: { iss: string; sub: string } | null
  /** Whether a refresh returned an ID token with another issuer or subject. */
  other_subject: boolean
  /** What was unusual in the provider's last answer. */
  remarks: Remark[]
  minted_at: number
  /** When a sign-in returned, or the user pasted, the same token again; null if it came once. */
  came_again_at: number | null
  refreshed_at: number | null
  /** The way to send the client's credentials that worked last. */
  token_endpoint_auth_method: TokenEndpointAuthMethod
  who: Who
  /** For a pasted token: only the token itself says who it belongs to; a test gets the name from the provider. */
  who_claimed?: true
  /** The access token's signature, checked when it was issued. */
  signature: SignatureCheck
  /** The last token answer without its tokens, for "Raw requests". */
  answer: Record<string, unknown>
  /** What introspection said about a pasted token (RFC 7662); null if it was not asked or did not answer. */
  introspection: { active: boolean; client_id: string | null; scope: string | null } | null
  proof: Proof | null
  /** Set when the refresh token is dead: refused by the provider, or revoked here. */
  dead: {
    reason: 'invalid_grant' | 'revoked'
    /** The provider's text; null if the token was revoked here. */
    error: string | null
    error_description: string | null
    at: number
    /** It ended when another token of the same session or person was revoked here. */
    with_another?: true
  } | null
  /** Set when the provider refused the token for now: test it again later. */
  refused: { error: string | null; error_description: string | null; at: number } | null
  downloads: Download[]
  /** The refresh token in the file that was downloaded last: revoked with the entry, where it differs from the current one. */
  downloaded_refresh_token?: string
  /** Set when a pasted token says that it belongs to another realm or client: then we send nothing. */
  other_client?: string
  /** Whether a reuse test of an earlier token of this client found that a refresh replaces the token. */
  learned_one_time?: boolean
}
