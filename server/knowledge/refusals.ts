/** What a refused refresh means for the token: `dead` wants a new one, `refused` can be put right and tested again. */
export type Fate = 'dead' | 'refused'

/** One way in which providers refuse a refresh token. What is not in the table says nothing of the token. */
export interface Refusal {
  fate: Fate
  /** The error code; null where any may come with these words. */
  error: string | null
  /** Text in the description; null if the code is enough. `…` stands for any text. */
  words: string | null
  source: string
}

/** One table for the app and for the programs on devices. A row with words goes before a row without. */
export const REFUSALS: readonly Refusal[] = [
  { fate: 'dead', error: 'invalid_grant', words: null, source: 'RFC 6749 §5.2' },
  { fate: 'dead', error: 'bad_refresh_token', words: null, source: "GitHub's documentation" },
  { fate: 'dead', error: 'token_inactive', words: null, source: 'Ory Hydra: ory/hydra#3004' },
  { fate: 'dead', error: 'invalid_code', words: null, source: "Zoho's documentation" },
  { fate: 'dead', error: null, words: 'RefreshToken refresh_token invalid', source: 'Strava: dreeveapp/dreeve#1449' },
  {
    fate: 'dead',
    error: null,
    words: 'is invalid or has already been claimed by another client',
    source: "Dex's source, server/refreshhandlers.go",
  },
  { fate: 'dead', error: null, words: 'Refresh token expired', source: "Dex's source" },
  { fate: 'refused', error: 'invalid_grant', words: 'User disabled', source: 'Keycloak 26.7.2, measured' },
  {
    fate: 'refused',
    error: 'invalid_grant',
    words: 'offline access not granted anymore',
    source: 'Keycloak 26.7.2, measured',
  },
  { fate: 'refused', error: 'invalid_grant', words: 'Invalid token issuer', source: 'Keycloak 24 and 26, measured' },
  {
    fate: 'refused',
    error: 'invalid_grant',
    words: "Token client and authorized client don't match",
    source: 'Keycloak 26.7.2, measured',
  },
  { fate: 'refused', error: null, words: 'AADSTS50076', source: "Microsoft's list of AADSTS codes" },
  { fate: 'refused', error: null, words: 'AADSTS50079', source: "Microsoft's list of AADSTS codes" },
  { fate: 'refused', error: null, words: 'AADSTS53003', source: "Microsoft's list of AADSTS codes" },
]

/** Errors that speak of the client, not of its token: RFC 6749 §5.2, GitHub's, Auth0's and Zoho's own. */
export const CLIENT_REFUSED: readonly string[] = [
  'invalid_client',
  'unauthorized_client',
  'incorrect_client_credentials',
  'access_denied',
  'invalid_client_secret',
]

const BUSY: readonly string[] = ['temporarily_unavailable', 'server_error', 'slow_down']

/** Whether the provider is busy or has a problem, and the same request may work later: as the programs for devices see it. */
export const isBusy = (status: number | undefined, error: string | null, description: string | null): boolean =>
  !(status === 401 || CLIENT_REFUSED.includes(error ?? '')) &&
  ([408, 425, 429].includes(status ?? 0) ||
    (status ?? 0) >= 500 ||
    BUSY.includes(error ?? '') ||
    /too many requests/i.test(description ?? ''))

/** What a refresh that was refused with these words means for the token; null where they say nothing of it. */
export function fateOf(error: string | null, description: string | null): Fate | null {
  const fitting = REFUSALS.filter((row) => row.error === null || row.error === error)
  const said = fitting.find(({ words }) => words !== null && holds(description ?? '', words))
  return (said ?? fitting.find(({ words }) => words === null))?.fate ?? null
}

/** Whether a text holds these words as whole words, whatever their case. */
export function holds(text: string, words: string): boolean {
  const pattern = words
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  return new RegExp(`(?<![a-z0-9])${pattern}(?![a-z0-9])`, 'is').test(text)
}
