import { type RunningApp, startApp } from '../support/app.js'
import { closeLater } from '../support/closing.js'
import { type FaultyProvider, startFaultyProvider } from '../support/faulty-provider.js'
import { type Answer, Visitor } from '../support/visitor.js'

/** The app and a provider that can be told to misbehave. */
export interface Rig {
  app: RunningApp
  provider: FaultyProvider
  /** Somebody who has signed in. */
  signedIn(): Promise<Visitor>
  close(): Promise<void>
}

type Given = Parameters<typeof startApp>[1]
type Options = Parameters<typeof startFaultyProvider>[0]

export async function startRig(
  env: Record<string, string> = {},
  given: Given = {},
  options: Options = {},
): Promise<Rig> {
  const provider = await startFaultyProvider(options)
  const app = await startApp({ ...provider.env, ...env }, given)
  return {
    app,
    provider,
    async signedIn() {
      const visitor = new Visitor(app)
      const page = await visitor.signIn('', '')
      if (page.status !== 200) throw new Error(`the sign-in ended with ${page.status}`)
      return visitor
    },
    close: closeLater(async () => {
      await app.close()
      await provider.stop()
      const told = secretsIn(app, provider)
      if (told.length > 0) throw new Error(`the log (G3) holds ${told.join(', ')}`)
    }),
  }
}

/** What passed between the app and the provider, and must be in no line of the log, which is kept at the level debug. */
function secretsIn(app: RunningApp, provider: FaultyProvider): string[] {
  const log = app.logged.join('')
  const sent = provider.received.flatMap(({ form }) =>
    ['code', 'code_verifier', 'state', 'refresh_token', 'client_secret'].map((name) => form.get(name) ?? ''),
  )
  return [...new Set([provider.clientSecret, ...provider.given, ...sent])].filter(
    (secret) => secret.length > 8 && log.includes(secret),
  )
}

export const JSON_PLEASE = { accept: 'application/json' }

export const tokensOf = async (visitor: Visitor) => (await visitor.get('/profile', JSON_PLEASE)).json

export const refresh = (visitor: Visitor): Promise<Answer> => visitor.post('/auth/refresh', {}, JSON_PLEASE)

/** To the provider and back, with what it says changed: the answer to the callback. */
export async function comeBack(
  visitor: Visitor,
  change: (parameters: URLSearchParams) => void = () => {},
  headers: Record<string, string> = JSON_PLEASE,
): Promise<Answer> {
  const callback = new URL(await visitor.authorize('', ''))
  change(callback.searchParams)
  return visitor.get(callback.href, headers)
}

/** The same in a browser: the page where a sign-in that fails ends, whose address has neither code nor state. */
export async function comeBackInBrowser(
  visitor: Visitor,
  change?: (parameters: URLSearchParams) => void,
): Promise<Answer> {
  const answer = await comeBack(visitor, change, { accept: 'text/html' })
  const location = answer.headers.get('location')
  return location === '/auth/oauth2/failed' ? visitor.get(location) : answer
}

/** `status code`, as the tables of these tests write it. */
export const outcome = ({ status, json }: Answer): string => (json?.code ? `${status} ${json.code}` : String(status))
