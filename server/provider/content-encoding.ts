import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer

/** Deflate needs zlib's header (RFC 9110 §8.4.1.2), but some servers leave it out. */
const inflate: Decode = (bytes, options) =>
  ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, options) : inflateRawSync(bytes, options)

const DECODERS: Record<string, Decode> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflate,
  br: brotliDecompressSync,
}

/**
 * Decodes `Content-Encoding` (RFC 9110 §8.4), which we did not request. A readable body is used as it is, because some servers write a
 * charset into this header.
 * @throws RangeError `ERR_BUFFER_TOO_LARGE` for more than `limit` bytes; another error if it can't be decoded
 */
export function withoutEncoding(body: Buffer, header: string | string[] | undefined, limit: number): Buffer {
  const encodings = [header ?? []]
    .flat()
    .join()
    .split(',')
    .map((name) => name.trim().toLowerCase())
  try {
    return encodings
      .filter((name) => name !== '' && name !== 'identity')
      .reduceRight((bytes, name) => undo(name, bytes, limit), body)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_BUFFER_TOO_LARGE' && isText(body)) return body
    throw error
  }
}

function undo(name: string, bytes: Buffer, limit: number): Buffer {
  const decode = DECODERS[name]
  if (!decode) throw new Error('an encoding that we did not request')
  return bytes.length === 0 ? bytes : decode(bytes, { maxOutputLength: limit })
}

/** Valid UTF-8 without control characters. */
function isText(bytes: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell what is compressed from what is text
    return !/[\u0000-\u0008\u000e-\u001f]/.test(text)
  } catch {
    return false
  }
}
