import type { AppError } from '../errors.js'
import type { Provider } from '../provider/provider.js'
import type { Entry } from './entry.js'

/** A string of the entry whose revocation the provider did not confirm. */
export interface RevocationWarning {
  id: 'first' | 'downloaded'
  message: string
}

/**
 * Revokes the first and the last downloaded refresh token, where they differ from the current one: some providers (Doorkeeper) keep
 * each as a record of its own.
 */
export async function revokeOthers(provider: Provider, entry: Entry): Promise<RevocationWarning[]> {
  const { refresh_token, first_refresh_token, downloaded_refresh_token = null } = entry
  const others = new Map<string, RevocationWarning['id']>()
  if (first_refresh_token !== null) others.set(first_refresh_token, 'first')
  if (downloaded_refresh_token !== null) others.set(downloaded_refresh_token, 'downloaded')
  if (refresh_token !== null) others.delete(refresh_token)
  const found = await Promise.all([...others].map(([token, id]) => revokeOne(provider, token, id)))
  return found.filter((warning) => warning !== null)
}

const WHICH = { first: 'the first refresh token', downloaded: 'the one in the file that you downloaded' }

async function revokeOne(
  provider: Provider,
  token: string,
  id: RevocationWarning['id'],
): Promise<RevocationWarning | null> {
  try {
    await provider.revoke(token)
    return null
  } catch (error) {
    const { message } = error as AppError
    return { id, message: `The provider did not confirm that it revoked ${WHICH[id]}: ${message}` }
  }
}
