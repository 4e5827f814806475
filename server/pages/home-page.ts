import type { Config } from '../config/config.js'
import { loopbackWarning } from '../knowledge/presets.js'
import type { ProviderFacts } from '../provider/facts.js'
import type { Entry } from '../tokens/entry.js'
import { progress, type Step, stepsDone } from './progress.js'
import { providerName } from './words.js'

export interface HomePage {
  progress: Step[]
  signedOut: 'signed_out' | 'ended' | null
  signedIn: boolean
  /** A token may be pasted: on a site that others use only after a sign-in. */
  mayPaste: boolean
  /** This person has just signed in to paste one. */
  inspects: boolean
  provider: {
    name: string
    /** Issuer, or the authorization endpoint's host where no issuer is known. */
    place: string
    clientId: string
    publicClient: boolean
    scope: string
    /** Extra query of the authorization URL, as text; empty when there is none. */
    authorizationParams: string
    asksFor: string
    requirements: string[]
    /** Why it can't be reached just now; null when all is well. */
    problem: string | null
    /** It refuses this callback URL's host name. */
    loopbackWarning: string | null
    /** What another sign-in does to the tokens that are there; null where nothing, or before the first one. */
    fewTokens: string | null
  }
  callbackUrl: string
  /** In the demo: how to go on with one's own provider. */
  ownProvider: OwnProvider | null
  demoUsers: readonly { username: string; password: string; what: string }[]
  /** The different passwords of these users. */
  demoPasswords: string[]
  sharedInstance: boolean
}

interface OwnProvider {
  /** The `.env` file that this app reads; on a site that others reach, its name alone. */
  file: string
  /** The command that asks for the settings and writes the file; null where there is one, which it would not change. */
  init: string | null
}

interface Visitor extends Pick<HomePage, 'signedOut' | 'signedIn' | 'mayPaste' | 'inspects'> {
  /** The tokens that were read for this page: the latest. */
  entries: Entry[]
}

export function homePage(
  config: Config,
  provider: ProviderFacts,
  demoUsers: HomePage['demoUsers'],
  { entries, ...visitor }: Visitor,
): HomePage {
  const { preset, scope, authorizationParams, problem } = provider
  const { issuer, endpoints, clientId, clientSecret } = config.oauth2
  return {
    progress: progress(visitor.signedIn ? null : 'check', visitor.signedIn ? stepsDone(entries) : [], visitor.signedIn),
    ...visitor,
    provider: {
      name: providerName(config, preset),
      place: issuer ?? new URL(endpoints.authorization_endpoint as string).host,
      clientId,
      publicClient: clientSecret === null,
      scope,
      authorizationParams: new URLSearchParams(authorizationParams).toString(),
      asksFor: preset.asksFor,
      requirements: config.demo ? [] : preset.requirements,
      problem,
      loopbackWarning: loopbackWarning(preset, config.baseUrl),
      fewTokens: visitor.signedIn ? (preset.fewTokens ?? null) : null,
    },
    callbackUrl: `${config.baseUrl}/auth/oauth2/callback`,
    ownProvider: config.demo ? ownProvider(config) : null,
    demoUsers: config.demo ? demoUsers : [],
    demoPasswords: config.demo ? [...new Set(demoUsers.map(({ password }) => password))] : [],
    sharedInstance: config.shared,
  }
}

const ownProvider = ({ envFile: { path, found }, guarded, startedAs }: Config): OwnProvider => ({
  file: guarded ? '.env' : path,
  init: found ? null : `${startedAs} init`,
})
