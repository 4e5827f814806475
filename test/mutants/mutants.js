import { MUTANTS as drawn } from './list/drawn.js'
import { MUTANTS as formats } from './list/formats.js'
import { MUTANTS as provider } from './list/provider.js'
import { MUTANTS as settings } from './list/settings.js'
import { MUTANTS as signIn } from './list/sign-in.js'
import { MUTANTS as stores } from './list/stores.js'
import { MUTANTS as tests } from './list/tests.js'
import { MUTANTS as tokens } from './list/tokens.js'
import { MUTANTS as web } from './list/web.js'

export const MUTANTS = [
  ...web,
  ...signIn,
  ...tokens,
  ...stores,
  ...provider,
  ...tests,
  ...settings,
  ...formats,
  ...drawn,
]
