import { noticedBy } from '../mutant.js'

/** Guards that chance picked from all of them: `node test/mutants/guards.js --draw 40 --seed 2026`, at version 2. */
const OWN = 'test/promises/J-drawn.test.ts'

export const MUTANTS = [
  ...noticedBy(OWN, 'J19 no file', [
    [
      'server/device-config/device-config.ts',
      '  if (token_endpoint === null) throw notKnownYet()\n',
      '',
      'a file without an address is handed out',
    ],
  ]),
  ...noticedBy(OWN, 'J19 a token of five', [
    [
      'server/provider/jwt.ts',
      '  if (parts.length !== 3) return null\n',
      '',
      'what is encrypted is read as if it were not',
    ],
  ]),
  ...noticedBy(OWN, 'J19 there is no calendar', [
    [
      'server/reminder/reminder.ts',
      'if (end !== null && end > now) {',
      'if (end !== null) {',
      'a calendar entry for yesterday',
    ],
  ]),
  ...noticedBy('test/promises/B-callback.test.ts', 'B3 ', [
    [
      'server/sign-in/sign-in.ts',
      '      if (code === null) throw refusal(parameters, provider)\n',
      "      if (code === null && parameters.error === 'access_denied') throw refusal(parameters, provider)\n",
      'a refusal is sent to the token endpoint as a code',
    ],
  ]),
  ...noticedBy('test/web/failed-sign-in.test.ts', 'answers a script at once', [
    [
      'server/web/routes/failed-sign-in.ts',
      'if (wantsJson(req) || browser === undefined',
      'if (browser === undefined',
      'a script gets a redirect in place of the error',
    ],
  ]),
  ...noticedBy('test/config/misread.test.ts', '', [
    [
      'server/config/written-value.ts',
      '  if (end < 0) return',
      '  if (end < -1) return',
      'a quote that is not closed swallows the next settings',
    ],
    [
      'server/config/written-value.ts',
      "  if (value.endsWith('\\\\')) return",
      '  if (false) return',
      'programs read one line in two ways',
    ],
  ]),
  ...noticedBy('test/config/mistakes.test.ts', 'names all of them at once', [
    [
      'server/config/config.ts',
      'if (unclear.length + problems.length > 0) throw',
      'if (unclear.length > 0) throw',
      'a site starts with settings that can not be right',
    ],
  ]),
  ...noticedBy('test/routes.test.ts', '', [
    [
      'server/web/form-fields.ts',
      "  return value === '' ? undefined : oneOf(value, name, allowed)\n",
      '  return oneOf(value, name, allowed)\n',
      'a form without a choice is refused',
    ],
  ]),
  ...noticedBy('test/proof/introspection.test.ts', 'stays known when the same token comes back', [
    [
      'server/tokens/lifetime.ts',
      '  if (current === entry.refresh_token) return knownEnd(entry) ?? ',
      '  if (current === entry.refresh_token) return ',
      'an end that was known is forgotten',
    ],
  ]),
  ...noticedBy('test/check/set-up-check.test.ts', 'accepts no way in which', [
    [
      'server/check/credentials-trial.ts',
      "    if (code !== 'invalid_grant' && code !== 'token_refused' && code !== 'provider_error') {\n",
      '    if (false) {\n',
      'a provider that does not answer decides about the client',
    ],
  ]),
]
