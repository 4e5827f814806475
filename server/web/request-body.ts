import express, { type RequestHandler } from 'express'

/** Reads the body of a POST, a form or JSON, large enough for a token with many roles. */
export function requestBody(): RequestHandler {
  const form = express.urlencoded({ extended: false, limit: '160kb', verify: wellFormed })
  const json = express.json({ limit: '160kb' })
  return (req, res, next) => {
    if (req.method !== 'POST') return next()
    form(req, res, (error) => (error ? next(error) : json(req, res, next)))
  }
}

/** Refuses a form with a wrong escape, which the parser would take as it is. @throws URIError */
function wellFormed(_req: unknown, _res: unknown, body: Buffer, charset: string): void {
  if (charset === 'utf-8') decodeURIComponent(new TextDecoder(charset, { fatal: true }).decode(body))
}
