import { readFileSync } from 'node:fs'

/** Reads a text file in any encoding that its bytes give away; throws as `node:fs` does. */
export function readTextFile(path: string): string {
  return decodeText(readFileSync(path))
}

/**
 * Decodes UTF-8 and UTF-16, and takes a byte order mark off. Bytes that can't be decoded become U+FFFD, which no setting may hold.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes)
}

/** PowerShell's `>` writes UTF-16. Without a mark it shows by the zero byte in nearly every ASCII character. */
function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (mostlyZero(bytes, 1)) return 'utf-16le'
  return mostlyZero(bytes, 0) ? 'utf-16be' : 'utf-8'
}

/** Whether more than half of every second byte is zero. */
function mostlyZero(bytes: Uint8Array, offset: 0 | 1): boolean {
  let zeros = 0
  for (let at = offset; at < bytes.length; at += 2) if (bytes[at] === 0) zeros += 1
  return zeros > bytes.length / 4
}
