import { noticedBy } from '../mutant.js'

const INTROSPECTION = 'test/proof/introspection.test.ts'
const DEMO = 'test/proof/demo.test.ts'
const CHECK = 'test/check/set-up-check.test.ts'

/** Edits of the token test and the set-up check. */
export const MUTANTS = [
  ...noticedBy(INTROSPECTION, '', [
    [
      'server/proof/introspection.ts',
      "return neverWas?.active === false ? current : 'calls_all_active'",
      'return current',
      'a provider that calls every token active makes each of them reusable',
    ],
    [
      'server/proof/introspection.ts',
      "  if (!current.active) return 'current_inactive'\n",
      '',
      'a provider that calls every token inactive makes each of them one-time',
    ],
    [
      'server/proof/verdict.ts',
      "    if (grace && early) return { verdict: 'unknown', basis: null, found: 'grace' }\n",
      '',
      'a replaced token in its grace period counts as reusable',
    ],
    [
      'server/proof/verdict.ts',
      "  if (firstActive === false) return { verdict: 'one_time', basis: 'tested', found: 'first_inactive' }\n",
      '',
      'a one-time token counts as unknown',
    ],
  ]),
  ...noticedBy(INTROSPECTION, 'sends nothing when it comes too early', [
    [
      'server/proof/prove.ts',
      '    if (early > 0) throw tooEarly(early)\n',
      '',
      'the reuse test risks the grant for an answer that proves nothing',
    ],
  ]),
  ...noticedBy(DEMO, 'refuses the reuse test before 90 seconds', [
    ['server/proof/grace.ts', 'const GRACE = 90_000', 'const GRACE = 0', 'the reuse test comes within a grace period'],
  ]),
  ...noticedBy(INTROSPECTION, 'is made although a proof is under way|wait for each other', [
    [
      'server/proof/prove.ts',
      'const which = `${stored.at} ${options.reuse === true}`',
      'const which = stored.at',
      'a reuse test that was asked for is not made',
    ],
  ]),
  ...noticedBy('test/check/redirects.test.ts', 'J14', [
    [
      'server/check/set-up-check.ts',
      'config.shared && !signedIn ? null : provider.preset().name',
      'provider.preset().name',
      "anyone on the internet reads the text of a company's internal page",
    ],
  ]),
  ...noticedBy(CHECK, '', [
    [
      'server/check/credentials-trial.ts',
      '  const differs = control.error !== ours.error\n',
      '  const differs = true\n',
      'made-up credentials that are taken, too, count as ours',
    ],
    [
      'server/check/credentials-trial.ts',
      "  if (!refused && !ours.ofTheToken) return { method, result: 'undecided', finding: unclear(ours) }\n",
      '',
      'an answer that says nothing about the client decides about it',
    ],
  ]),
]
