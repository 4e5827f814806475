import { randomBytes } from 'node:crypto'
import type { OAuth2Config, TokenEndpointAuthMethod } from '../config/config.js'
import { possibleMethods } from './client-authentication.js'

/** Finds out how this provider wants the client's credentials, and remembers what it has accepted. */
export interface AuthMethod {
  /** Returns the way to use now: as set, as accepted before, else the most likely one. Sends nothing. */
  current(): TokenEndpointAuthMethod
  /** Returns the way of Basic that was accepted, or whose alternative was refused; else the more likely one. */
  basicWay(): TokenEndpointAuthMethod
  /** Returns this way, which worked before, unless the set-up check has found since then that it no longer works. */
  stillGood(method: TokenEndpointAuthMethod): TokenEndpointAuthMethod
  /** Lists the ways to try after one was refused, in order; none if a way is set. */
  after(refused: TokenEndpointAuthMethod): TokenEndpointAuthMethod[]
  /** Remembers a way of Basic that the token endpoint accepted. */
  taken(method: TokenEndpointAuthMethod): void
  /** Uses this way from now on, because the token endpoint accepted it. */
  accepted(method: TokenEndpointAuthMethod): void
  /** Finds the way out again, because the token endpoint refused the client. */
  refused(method: TokenEndpointAuthMethod): void
  /** Takes the results of the set-up check: the current way stays if it is one of them, else the first one. */
  found(methods: readonly TokenEndpointAuthMethod[]): void
  /** Starts to find the way out, unless it is known or already running. Never rejects. */
  findOut(): Promise<void>
  /** Resolves when that has ended, at most after 5 s. */
  settled(): Promise<void>
}

/** Refreshes with a made-up token, and returns what the provider refuses; null if that is unclear. Never rejects. */
export type Probe = (
  method: TokenEndpointAuthMethod,
  credentials: Pick<OAuth2Config, 'clientId' | 'clientSecret'>,
  madeUpToken: string,
) => Promise<'client' | 'token' | null>

interface Options {
  config: OAuth2Config
  /** What the preset needs and what the metadata lists; read each time, because both can change. */
  likely(): { usual: TokenEndpointAuthMethod | undefined; offered: unknown }
  probe: Probe
}

/** How long a callback waits for the search that started with the sign-in, in milliseconds. */
const WAITS_AT_MOST = 5_000

export function createAuthMethod({ config, likely, probe }: Options): AuthMethod {
  const { clientId, clientSecret, tokenEndpointAuthMethod: set } = config
  const possible = possibleMethods(clientId, clientSecret)
  let known: TokenEndpointAuthMethod | null = set === 'auto' ? (clientSecret === null ? 'none' : null) : set
  let basicFound: TokenEndpointAuthMethod | null = null
  let underWay: Promise<void> | null = null
  let checked: readonly TokenEndpointAuthMethod[] = []

  /** The preset's way first, then those in the metadata, then the others (RFC 8414 §2: Basic is the default). */
  function inOrder(): TokenEndpointAuthMethod[] {
    const { usual, offered } = likely()
    const listed = Array.isArray(offered) ? offered : ['client_secret_basic']
    const wanted = [usual, ...listed.filter((name) => name !== 'none'), ...possible]
    return [...new Set(wanted.map(sameBytes))].filter(
      (method) => method !== undefined && possible.includes(method),
    ) as TokenEndpointAuthMethod[]
  }

  /** If form-encoding changes nothing, the two ways of Basic are the same. */
  const sameBytes = (method: TokenEndpointAuthMethod | undefined) =>
    method === 'client_secret_basic_raw' && !possible.includes(method) ? 'client_secret_basic' : method

  const current = () => known ?? (inOrder()[0] as TokenEndpointAuthMethod)

  /** Tries the first way. Only if the client is refused, tries the others, each with a control. */
  async function tryInTurn(): Promise<void> {
    const [first, ...others] = inOrder() as [TokenEndpointAuthMethod, ...TokenEndpointAuthMethod[]]
    const complaint = await probe(first, config, madeUp())
    if (complaint === 'token') return accept(first)
    if (complaint !== 'client') return
    notTaken(first)
    for (const method of others) {
      const [ours, control] = await Promise.all([
        probe(method, config, madeUp()),
        probe(method, { clientId, clientSecret: madeUp() }, madeUp()),
      ])
      if (ours === 'token' && control === 'client') return accept(method)
    }
  }

  function taken(method: TokenEndpointAuthMethod): void {
    if (isBasic(method)) basicFound = method
  }

  /** After one way of Basic was refused, only the other one remains. */
  function notTaken(method: TokenEndpointAuthMethod): void {
    if (isBasic(method)) basicFound = possible.find((other) => isBasic(other) && other !== method) ?? null
  }

  function accept(method: TokenEndpointAuthMethod): void {
    taken(method)
    if (set === 'auto' && possible.includes(method)) known = method
  }

  return {
    current,
    basicWay: () => basicFound ?? [current(), ...inOrder()].find(isBasic) ?? 'client_secret_basic',
    taken,
    stillGood: (method) => (checked.length === 0 || checked.includes(method) || set !== 'auto' ? method : current()),
    after: (refused) => (set === 'auto' ? inOrder().filter((method) => method !== refused) : []),
    accepted: accept,
    refused(method) {
      notTaken(method)
      if (set === 'auto' && possible.length > 1 && known === method) known = null
    },
    found(methods) {
      const [first] = methods
      if (first === undefined) return
      checked = methods
      methods.filter(isBasic).slice(0, 1).forEach(taken)
      accept(methods.includes(current()) ? current() : first)
    },
    findOut() {
      if (known !== null || possible.length === 1) return Promise.resolve()
      underWay ??= tryInTurn()
        .catch(() => {})
        .finally(() => {
          underWay = null
        })
      return underWay
    },
    async settled() {
      if (underWay === null) return
      let timer: NodeJS.Timeout | undefined
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, WAITS_AT_MOST)
      })
      await Promise.race([underWay, enough])
      clearTimeout(timer)
    },
  }
}

const isBasic = (method: TokenEndpointAuthMethod) => method.startsWith('client_secret_basic')

const madeUp = () => `made-up-${randomBytes(24).toString('base64url')}`
