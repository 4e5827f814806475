import express, { type RequestHandler } from 'express'

/** Reads the body of a POST, a form or JSON, large enough for a token with many roles. */
export function requestBody(): RequestHandler {
  const form = express.urlencoded({ extended: false, limit: '160kb' })
  const json = express.json({ limit: '160kb' })
  return (req, res, next) => {
    if (req.method !== 'POST') return next()
    form(req, res, (error) => (error ? next(error) : json(req, res, next)))
  }
}
