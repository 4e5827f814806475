import type { TokenEndpointAuthMethod } from '../config/config.js'
import type { SignatureCheck } from '../provider/key-set.js'
import type { Remark } from '../provider/remarks.js'

/** What a device that holds the token must do; null until the proof has run. */
export type Verdict = 'reusable' | 'one_time' | 'unknown' | 'invalid'

/** Who signed in, from the access token's claims, else from UserInfo; null where nobody said. */
export interface Who {
  username: string | null
  subject: string | null
  email: string | null
  realm_roles: string[]
  /** Roles by client (Keycloak: `resource_access`). */
  client_roles: Record<string, string[]>
}

/** How a verdict was found; the sentences are in proof/words.ts. */
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

/** What a test has seen: facts alone. Sentences about them are made when they are shown. */
export interface Proof {
  verdict: Verdict
  /** Whether the test itself found it, or the provider documents it; null with `unknown`. */
  basis: 'tested' | 'documented' | null
  found: Found
  /** What introspection, with its controls, said about the first token; null where it could not be asked. */
  first_active: boolean | null
  not_asked: NotAsked | null
  /** What the end did from the first refresh to the second; null where no end is known. */
  end: { moves: boolean | null; lasts: number | null } | null
  /** Milliseconds since the epoch. */
  proved_at: number
}

/** Where a known end was read. */
export type EndSource = 'token' | 'answer' | 'introspection' | 'documented'

/** A device config that left this app: warns before a one-time token goes out twice or is refreshed here after it went out. */
export interface Download {
  format: string
  /** The name it was downloaded by. */
  file: string
  /** Fingerprint of the refresh token in it. */
  fingerprint: string
  at: number
}

/**
 * A token that was minted or pasted: an entry of a session's list, sealed in the store. Names of the wire (RFC 6749) stay as they
 * are there. Times are milliseconds since the epoch; null is "nobody said".
 */
export interface Entry {
  origin: 'sign_in' | 'brought'
  access_token: string | null
  token_type: 'Bearer' | null
  /** The last answer was of the type DPoP: its token is bound to a key that a device does not have (RFC 9449). */
  dpop: boolean
  /** Seconds, as the provider said when the access token was issued. */
  expires_in: number | null
  expires_at: number | null
  /** Always the newest (RFC 6749 §6); null when the provider gave none. */
  refresh_token: string | null
  /** The first one: what a device that keeps its token would hold. */
  first_refresh_token: string | null
  /** When a refresh first brought another string than the initial one. */
  first_replaced_at: number | null
  /** Whether the last refresh brought another string than the one used. */
  refresh_token_changed: boolean
  /** Keycloak's `refresh_expires_in`, seconds, as it was said: 0 means an idle limit, not "never". */
  refresh_expires_in: number | null
  /** A known end of the newest refresh token: its `exp`, `refresh_expires_in` above 0, `refresh_token_expires_in`. */
  refresh_token_expires_at: number | null
  /** Who said when it ends; null where no end is known. */
  refresh_token_expires_source: EndSource | null
  scope: string | null
  /** `iss` and `sub` of the ID token, where one came: later ID tokens must name the same (OpenID Connect Core §12.2). */
  id_token: { iss: string; sub: string } | null
  /** An ID token of another issuer or subject came with a refresh. */
  other_subject: boolean
  /** What was odd in the provider's last answer. */
  remarks: Remark[]
  minted_at: number
  /** When a sign-in or the user gave the same token once more; null when it came once. */
  came_again_at: number | null
  refreshed_at: number | null
  /** The way of sending the client's credentials that worked last. */
  token_endpoint_auth_method: TokenEndpointAuthMethod
  who: Who
  /** Of a pasted token: only the token itself says who it belongs to; a test brings the name from the provider. */
  who_claimed?: true
  /** Of the access token, checked when it was issued. */
  signature: SignatureCheck
  /** The last token answer without its tokens, for "the wire". */
  answer: Record<string, unknown>
  /** What introspection said of a token that was brought (RFC 7662); null when it was not asked, or did not answer. */
  introspection: { active: boolean; client_id: string | null; scope: string | null } | null
  proof: Proof | null
  /** Set when the refresh token is known dead: refused by the provider, or revoked here. */
  dead: {
    reason: 'invalid_grant' | 'revoked'
    /** As the provider said it when it refused; null when it was revoked here. */
    error: string | null
    error_description: string | null
    at: number
    /** It ended when another token of the same session or person was revoked here. */
    with_another?: true
  } | null
  /** Set when the provider refused the token for now: it can be tested again. */
  refused: { error: string | null; error_description: string | null; at: number } | null
  downloads: Download[]
  /** The refresh token in the file that was downloaded last: revoked with the entry, where it differs from the current one. */
  downloaded_refresh_token?: string
  /** Of a pasted token: what it says itself, where that is another realm or client than ours; nothing is sent then. */
  other_client?: string
  /** A reuse test of an earlier token of this client found that a refresh replaces it. */
  learned_one_time?: boolean
}
