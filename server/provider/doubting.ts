import { AppError } from '../errors.js'
import type { ProviderFetch } from './http.js'
import type { MetadataSource } from './metadata.js'

/** Statuses for an address that does not exist, or not for this method. */
const NOT_THERE = [404, 405, 410]

/** Wraps the fetch: if an endpoint is missing or unreachable, its address may have changed, so the metadata is read again. */
export function doubting(fetch: ProviderFetch, metadata: Pick<MetadataSource, 'doubt'>): ProviderFetch {
  return async (url, request) => {
    try {
      const answer = await fetch(url, request)
      if (NOT_THERE.includes(answer.status)) metadata.doubt()
      return answer
    } catch (error) {
      const gone = error instanceof AppError && error.code !== 'provider_timeout' && !request?.signal?.aborted
      if (gone) metadata.doubt()
      throw error
    }
  }
}
