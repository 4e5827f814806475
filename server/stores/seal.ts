import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Encrypts stored values, so that a dump of the store shows no token. */
export interface Seal {
  /** Encrypts with AES-256-GCM and the first secret's key, bound to `key` (the record's name). Returns nonce, tag and ciphertext, one character for each byte. */
  close(key: string, text: string): string
  /** Decrypts with any of the secrets; null if none fits. */
  open(key: string, sealed: string): string | null
}

const NONCE = 12
const TAG = 16

/** @param secrets at least one; the first encrypts, each can decrypt (rotation). */
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
          // Another secret sealed it, or it is not ours: try the next key.
        }
      }
      return null
    },
  }
}
