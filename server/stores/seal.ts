import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Encrypts what is stored, so that a dump of the store shows no token. */
export interface Seal {
  /** AES-256-GCM with the first secret's key, bound to `key` (the record's name). Nonce, tag and ciphertext, a character each byte. */
  close(key: string, text: string): string
  /** Opens what any of the secrets sealed; null when none fits. */
  open(key: string, sealed: string): string | null
}

const NONCE = 12
const TAG = 16

/** @param secrets at least one; the first seals, all open (rotation). */
export function createSeal(secrets: readonly string[]): Seal {
  const keys = secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', 'offline-token-mint records', 32)),
  ) as [Buffer, ...Buffer[]]

  return {
    close(key, text) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', keys[0], nonce).setAAD(Buffer.from(key))
      const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('latin1')
    },
    open(key, sealed) {
      const bytes = Buffer.from(sealed, 'latin1')
      for (const secret of keys) {
        try {
          const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, NONCE), { authTagLength: TAG })
            .setAAD(Buffer.from(key))
            .setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
          return decipher.update(bytes.subarray(NONCE + TAG), undefined, 'utf8') + decipher.final('utf8')
        } catch {
          // Sealed with another secret, or not by us: the next key may open it.
        }
      }
      return null
    },
  }
}
