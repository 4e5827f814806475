import { AppError } from '../errors.js'
import type { ProviderFetch } from './http.js'
import type { MetadataSource } from './metadata.js'

/** Nothing is at this address, or not for this method. */
const NOT_THERE = [404, 405, 410]

/** The fetch, which has the metadata read again when an endpoint is not there or can't be reached: it may have moved. */
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
