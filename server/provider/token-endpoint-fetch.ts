import type { CustomFetch } from 'openid-client'
import { AppError } from '../errors.js'
import { Answer } from './answer.js'
import type { ProviderFetch } from './http.js'
import type { ProviderMetadata } from './metadata.js'
import { seconds } from './token-answer.js'

/**
 * The bounded fetch in the shape that openid-client takes, with the token endpoint's answers made plain first: an OAuth
 * error is one whatever its status (GitHub: 200), and never hides behind `WWW-Authenticate`; what is no JSON is no answer.
 */
export function tokenEndpointFetch(fetch: ProviderFetch, known: ProviderMetadata): CustomFetch {
  const plainFetch = async (url: string, { method, headers, body }: Parameters<CustomFetch>[1]): Promise<Answer> => {
    const answer = await fetch(url, { method, headers, body: body as string | URLSearchParams | null })
    refuseOutOfService(answer)
    if (url === known.token_endpoint) return plainTokenAnswer(answer, known.issuer !== null)
    return answer.status < 400 ? answer : plainError(answer)
  }
  return plainFetch as unknown as CustomFetch
}

/** 429 and 5xx without an OAuth error: the provider is there, but not serving. */
function refuseOutOfService(response: Answer): void {
  if (response.status !== 429 && response.status < 500) return
  if (isJson(response)) return
  throw outOfService(response)
}

function outOfService(response: Answer): AppError {
  const retryAfter = seconds(response.headers.get('retry-after')) ?? undefined
  return new AppError(
    'provider_unreachable',
    `The provider answered ${response.status}: it is ${response.status === 429 ? 'being asked too often' : 'out of order'}.`,
    { hint: 'Try again in a while; nothing was lost.', retryAfter },
  )
}

async function plainTokenAnswer(response: Answer, issuerKnown: boolean): Promise<Answer> {
  const json = await jsonObject(response)
  if (typeof json?.error === 'string' && json.error !== '') return asError(json, response)
  if (response.status === 429 || response.status >= 500) throw outOfService(response)
  if (json === null || response.status !== 200) {
    throw new AppError(
      'provider_malformed',
      `The token endpoint answered ${response.status}${isJson(response) ? '' : ', and no JSON'}.`,
      { hint: 'Check the token endpoint: another page than the one asked for seems to answer there.' },
    )
  }
  // A duration that can't be one is as good as none; it is no reason to lose the tokens beside it.
  if (seconds(json.expires_in) === null) delete json.expires_in
  if (json.refresh_token === null) delete json.refresh_token
  if (typeof json.scope !== 'string') delete json.scope
  if (!issuerKnown) delete json.id_token
  return Answer.json(json)
}

/** Of the other endpoints: a 401 whose body says why. */
async function plainError(response: Answer): Promise<Answer> {
  const json = await jsonObject(response)
  if (typeof json?.error === 'string' && json.error !== '') return asError(json, response)
  if (response.status === 429 || response.status >= 500) throw outOfService(response)
  return response
}

function asError({ error, error_description }: Record<string, unknown>, { headers }: Answer): Answer {
  const retryAfter = headers.get('retry-after')
  const told = { error, ...(typeof error_description === 'string' && { error_description }) }
  return Answer.json(told, 400, retryAfter === null ? {} : { 'retry-after': retryAfter })
}

const isJson = (response: Answer) =>
  /^application\/([\w.+-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')

async function jsonObject(response: Answer): Promise<Record<string, unknown> | null> {
  if (!isJson(response)) return null
  try {
    const value = await response.json()
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
