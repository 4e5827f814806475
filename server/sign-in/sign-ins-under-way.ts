import { SIGN_IN_LASTS } from '../config/session-lifetimes.js'
import type { Records } from '../stores/records.js'
import type { Seal } from '../stores/seal.js'

/** A sign-in under way, between the redirect to the provider and the callback. */
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
 * One record a browser and `state`: two tabs do not overwrite each other, another browser's callback takes nothing, and a
 * callback counts once. `browser` is a random value that the session keeps.
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
