import express, { type RequestHandler } from 'express'

/** A form or JSON, up to what a token with many roles takes; read where there is one, with POST alone. */
export function requestBody(): RequestHandler {
  const form = express.urlencoded({ extended: false, limit: '160kb' })
  const json = express.json({ limit: '160kb' })
  return (req, res, next) => {
    if (req.method !== 'POST') return next()
    form(req, res, (error) => (error ? next(error) : json(req, res, next)))
  }
}
