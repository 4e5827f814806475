import { DEMO_USERS } from '../../server/config/demo-realm.js'
import { AppError } from '../../server/errors.js'
import type { Check } from '../../server/findings/check.js'
import type { Cause } from '../../server/knowledge/causes/cause.js'
import { causeOf } from '../../server/knowledge/causes/causes.js'
import { checkBegin } from '../../server/pages/check-page.js'
import { errorPage } from '../../server/pages/error-page.js'
import { type HomePage, homePage } from '../../server/pages/home-page.js'
import type { Entry } from '../../server/tokens/entry.js'
import { fingerprint } from '../../server/tokens/fingerprint.js'
import { endingAt, entry, jwt, NOW, proven, type Site } from './fixtures.js'

/** As the set-up check of a Keycloak reads where the callback URL is missing; one result of each kind. */
const CHECKS: Check[] = [
  {
    id: 'discovery',
    title: "The provider's addresses",
    skipped_because: null,
    result: 'pass',
    message: "We found the provider's metadata. Its issuer is https://sso.example.org/realms/r.",
    hint: null,
  },
  {
    id: 'authorization_request',
    title: 'Client, callback URL and scope',
    skipped_because: null,
    result: 'fail',
    message:
      'The callback URL is not one of the client\'s valid redirect URIs. Keycloak would not send a user who signs in back to this app. Keycloak says: "Invalid parameter: redirect_uri"',
    hint: "In Keycloak's admin console, under Clients → your client → Settings → Valid redirect URIs: add the callback URL exactly as the home page of this app shows it.",
    enter: {
      value: 'http://localhost:3000/auth/oauth2/callback',
      where: 'in the settings of the client at Keycloak, among the redirect URIs',
    },
  },
  {
    id: 'client_authentication',
    title: 'Client secret',
    skipped_because: null,
    result: 'pass',
    message:
      "The provider accepts the client's credentials in the Basic header, form-encoded (client_secret_basic), and in the body (client_secret_post). This app sends client_secret_basic.",
    hint: null,
  },
  {
    id: 'endpoints',
    title: 'Introspection, revocation and keys',
    skipped_because: null,
    result: 'warn',
    message:
      "Introspection calls a made-up token active: it can't be believed. Revocation answers. The keys (JWKS) are there: 1.",
    hint: 'The test will not rely on it. Check OAUTH2_INTROSPECTION_ENDPOINT.',
  },
  {
    id: 'clock',
    title: "This machine's clock",
    skipped_because: null,
    result: 'unknown',
    message: 'The provider sends no Date, so there is nothing to compare with.',
    hint: null,
  },
]

/** What Keycloak says to a user without the role. */
const REFUSED = {
  where: 'token',
  error: 'not_allowed',
  error_description: 'Offline tokens not allowed for the user or client',
  provider: 'keycloak',
} as const

const nobody = { signedIn: false, signedOut: null, mayPaste: true, inspects: false, entries: [] }

/** HTML of every page, in every state that looks different, by name. */
export async function everyPage(site: Site): Promise<Record<string, string>> {
  const { pages, config, provider } = site
  const home = (changes: Partial<HomePage>) => pages.home({ ...homePage(config, provider, [], nobody), ...changes })
  const check = (ok: boolean) =>
    pages.checkBegin(checkBegin('Keycloak', 'sensor', false)) +
    CHECKS.map((one) => pages.checkResult(one)).join('') +
    pages.checkEnd({ ok, unknown: 1 })
  const error = (error: AppError, signedIn: boolean) =>
    pages.error(errorPage(error, { signedIn, requestId: 'r-1' }, site))
  const cause = causeOf(REFUSED) as Cause
  const oneTime = proven('one_time')
  const dead: Pick<Entry, 'dead'> = {
    dead: { reason: 'invalid_grant', error: 'invalid_grant', error_description: 'Stale token', at: NOW },
  }
  return {
    home: home({}),
    'home of a demo': site.demoPages.home({
      ...homePage(config, provider, DEMO_USERS, nobody),
      demoUsers: DEMO_USERS,
      demoPasswords: ['demo'],
      ownProvider: { file: '/home/dana/mint/.env', init: 'node dist/main.js init' },
    }),
    'home, signed out': home({ signedOut: 'signed_out', sharedInstance: true }),
    'home, signed in': home({ signedIn: true }),
    'home, session ended': home({ signedOut: 'ended' }),
    'home with a problem': home({
      provider: {
        ...homePage(config, provider, [], nobody).provider,
        problem: 'https://sso.example.org did not answer within 5 seconds.',
        loopbackWarning: 'This provider refuses http://localhost.',
      },
    }),
    'set-up check, results arriving': pages.checkBegin(checkBegin('Keycloak', 'sensor', false)),
    'set-up check, well': check(true),
    'set-up check, failed': check(false),
    'profile, not proven': await site.profile(entry({ refreshed_at: NOW })),
    'profile, brought': await site.profile(
      entry({
        origin: 'brought',
        access_token: null,
        introspection: { active: true, client_id: 'sensor', scope: null },
      }),
    ),
    'profile, reusable, no place chosen': await site.profile(proven('reusable')),
    'profile, reusable': await site.profile(proven('reusable'), 'linux'),
    'profile, one-time, handed over': await site.profile(
      {
        ...oneTime,
        downloads: [{ format: 'json', file: 'config.json', fingerprint: fingerprintOf(oneTime), at: NOW }],
      },
      'containers',
    ),
    'profile, one-time, dead in the device': await site.profile(
      { ...oneTime, downloads: [{ format: 'json', file: 'config.json', fingerprint: '00000000', at: NOW }] },
      'linux',
    ),
    'profile, reusable, with an end': await site.profile(proven('reusable', endingAt(NOW + 4e8))),
    'profile, token too long': await site.profile(
      proven('reusable', { refresh_token: jwt({ long: 'x'.repeat(2_500) }) }),
      'esp32',
    ),
    'profile, a file that can not be written': await site.profile(
      proven('reusable', { refresh_token: 'pay$HOME' }),
      'home-automation',
    ),
    'profile, revoked': await site.profile(
      proven('reusable', { dead: { reason: 'revoked', error: null, error_description: null, at: NOW } }),
    ),
    'profile, unknown': await site.profile(proven('unknown'), 'python-board'),
    'profile, invalid': await site.profile(proven('reusable', dead)),
    'profile without a refresh token': await site.profile(entry({ refresh_token: null })),
    error: error(
      new AppError('provider_error', cause.means, {
        hint: cause.hint,
        extra: { error_description: REFUSED.error_description },
      }),
      false,
    ),
    'error with a rescued token': error(
      new AppError('store_unavailable', 'Not stored.', { extra: { refresh_token: 'x'.repeat(700) } }),
      true,
    ),
  }
}

const fingerprintOf = (tokens: Entry) => fingerprint(tokens.refresh_token as string)
