import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Request, Response } from 'express'

const { BROTLI_PARAM_QUALITY: QUALITY, BROTLI_PARAM_LGWIN: WINDOW } = constants

/**
 * The fastest level of each takes a tenth of a millisecond for a page; the best level takes ten times as long to save one kilobyte. A
 * window of 64 KiB (2^16) is enough for a page; Brotli's default reserves 4 MiB.
 */
const ENCODINGS = {
  br: (html: string) => brotliCompressSync(html, { params: { [QUALITY]: 0, [WINDOW]: 16 } }),
  gzip: (html: string) => gzipSync(html, { level: 1 }),
  identity: (html: string) => Buffer.from(html),
}

type Encoding = keyof typeof ENCODINGS

/** Holds a page, compressed once for each encoding. */
export class Page {
  readonly #html: string
  readonly #bodies: Partial<Record<Encoding, Buffer>> = {}

  constructor(html: string) {
    this.#html = html
  }

  body(encoding: Encoding): Buffer {
    this.#bodies[encoding] ??= ENCODINGS[encoding](this.#html)
    return this.#bodies[encoding]
  }
}

/** Sends a page in an encoding that the browser accepts. Brotli is first, because it is smaller. */
export function sendPage(req: Request, res: Response, page: string | Page): void {
  const encoding = (['br', 'gzip'] as const).find((one) => req.acceptsEncodings(one)) ?? 'identity'
  const body = (typeof page === 'string' ? new Page(page) : page).body(encoding)
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.setHeader('Vary', 'Accept-Encoding')
  if (encoding !== 'identity') res.setHeader('Content-Encoding', encoding)
  res.setHeader('Content-Length', body.length)
  res.end(body)
}
