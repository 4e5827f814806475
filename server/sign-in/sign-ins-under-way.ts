import { SIGN_IN_LASTS } from '../config/session-lifetimes.js'
import type { Records } from '../stores/records.js'
import type { Seal } from '../stores/seal.js'

/** An unfinished sign-in, between the redirect to the provider and the callback. */
export interface SignIn {
  /** PKCE (RFC 7636): sent with the code; null with OAUTH2_PKCE=off. */
  code_verifier: string | null
  /** Expected `iss` on the callback (RFC 9207); null when no issuer is known. */
  issuer: string | null
  /** Asks for no offline token: only who signs in is wanted. */
  inspects?: true
  /** What the next token is for, where the person came from another one. */
  next?: NextDevice
}

export interface NextDevice {
  label: string | null
  /** Where it will run. */
  place: string | null
}

/**
 * Stores one record for each browser and `state`. So two tabs do not overwrite each other, a callback in another browser finds nothing,
 * and a callback works only once. `browser` is a random value in the session.
 */
export interface SignIns {
  put(browser: string, state: string, signIn: SignIn): Promise<void>
  take(browser: string, state: string): Promise<SignIn | null>
}

export function createSignIns(records: Records, seal: Seal): SignIns {
  return {
    async put(browser, state, signIn) {
      const key = recordKey(browser, state)
      await records.create(key, seal.close(key, JSON.stringify(signIn)), SIGN_IN_LASTS)
    },
    async take(browser, state) {
      const key = recordKey(browser, state)
      const sealed = await records.take(key)
      const text = sealed === null ? null : seal.open(key, sealed)
      return text === null ? null : JSON.parse(text)
    },
  }
}

const recordKey = (browser: string, state: string) => `sign-in:{${browser}}:${state}`
