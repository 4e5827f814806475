import type { OAuth2Config, TokenEndpointAuthMethod } from '../config/config.js'
import { clientCredentials } from './client-authentication.js'
import type { ProviderContext } from './context.js'
import type { Asked } from './provider-error.js'
import { type ReadAnswer, readAnswer, shapeOf } from './read-answer.js'
import { type SentValues, sentValues } from './sent-values.js'

/** A request with the client's credentials. */
export interface ClientRequest {
  where: Exclude<Asked['where'], 'callback'>
  url: string
  fields: [string, string][]
  method: TokenEndpointAuthMethod
  /** Other credentials than ours, for a control. */
  client?: Pick<OAuth2Config, 'clientId' | 'clientSecret'>
  /** Milliseconds. */
  timeout: number
}

export interface Answered {
  read: ReadAnswer
  /** Values that no shown text may contain. */
  sent: SentValues
}

/** The most bytes of an answer: an access token with 2,000 roles has 31 kB, and some answers have three tokens. */
const LIMIT = 1024 * 1024

/** Sends a form with the client's credentials (RFC 6749 §2.3, Appendix B), once, and reads the answer. */
export async function sendAsClient(
  { config, fetch, now, log }: Pick<ProviderContext, 'config' | 'fetch' | 'now' | 'log'>,
  { where, url, fields, method, client = config, timeout }: ClientRequest,
): Promise<Answered> {
  const credentials = clientCredentials(method, client)
  const body = new URLSearchParams([...fields, ...credentials.fields])
  const headers = { accept: 'application/json', ...credentials.headers }
  const answer = await fetch(url, { method: 'POST', headers, body, timeout, limit: LIMIT })
  const read = await readAnswer(answer, now())
  log.debug({ where, ...shapeOf(read) }, 'provider answered')
  return { read, sent: sentValues(body, credentials.secret) }
}
