import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Request, Response } from 'express'

/** Quality 5 takes about a millisecond for a page of 30 kB; more of it saves little. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

/** Sends a page, compressed as far as the browser takes it. Brotli, where both are taken: it is smaller. */
export function sendPage(req: Request, res: Response, html: string): void {
  res.type('html')
  res.vary('Accept-Encoding')
  if (req.acceptsEncodings('br')) {
    res.setHeader('Content-Encoding', 'br')
    res.send(brotliCompressSync(html, BROTLI))
  } else if (req.acceptsEncodings('gzip')) {
    res.setHeader('Content-Encoding', 'gzip')
    res.send(gzipSync(html))
  } else res.send(html)
}
