import { randomBytes } from 'node:crypto'
import type { OAuth2Config, TokenEndpointAuthMethod } from '../config/config.js'
import { possibleMethods } from './client-authentication.js'

/** Finds out how this provider wants the client's credentials, and remembers what it has accepted. */
export interface AuthMethod {
  /** The way to use now: as set, as accepted before, else the likeliest one. Asks nothing. */
  current(): TokenEndpointAuthMethod
  /** The way of Basic that was taken, or whose other was refused, also where another is in use; else the likeliest of the two. */
  basicWay(): TokenEndpointAuthMethod
  /** This way, which worked before, unless the set-up check has found since that it is not accepted. */
  stillGood(method: TokenEndpointAuthMethod): TokenEndpointAuthMethod
  /** Ways that may be tried after one was refused, in order; none where a way is set. */
  after(refused: TokenEndpointAuthMethod): TokenEndpointAuthMethod[]
  /** Remembers a way of Basic that the token endpoint took, whoever chose it. */
  taken(method: TokenEndpointAuthMethod): void
  /** What the token endpoint took is used from now on. */
  accepted(method: TokenEndpointAuthMethod): void
  /** What it refused for the client's sake is found out again. */
  refused(method: TokenEndpointAuthMethod): void
  /** What the set-up check found: the way in use stays where it is among them, else the first. */
  found(methods: readonly TokenEndpointAuthMethod[]): void
  /** Begins to find out, unless it is known or under way. Never rejects. */
  findOut(): Promise<void>
  /** Resolves when what is under way has ended, and after 5 s in any case. */
  settled(): Promise<void>
}

/** One refresh with a token that never was: of what the provider complains, or null where that can't be told. Never rejects. */
export type Probe = (
  method: TokenEndpointAuthMethod,
  credentials: Pick<OAuth2Config, 'clientId' | 'clientSecret'>,
  madeUpToken: string,
) => Promise<'client' | 'token' | null>

interface Options {
  config: OAuth2Config
  /** What the preset wants, and what the metadata lists; read anew at each question, since both may change. */
  likely(): { usual: TokenEndpointAuthMethod | undefined; offered: unknown }
  probe: Probe
}

/** Milliseconds that a callback waits for what began when the browser left. */
const WAITS_AT_MOST = 5_000

export function createAuthMethod({ config, likely, probe }: Options): AuthMethod {
  const { clientId, clientSecret, tokenEndpointAuthMethod: set } = config
  const possible = possibleMethods(clientId, clientSecret)
  let known: TokenEndpointAuthMethod | null = set === 'auto' ? (clientSecret === null ? 'none' : null) : set
  let basicFound: TokenEndpointAuthMethod | null = null
  let underWay: Promise<void> | null = null
  let checked: readonly TokenEndpointAuthMethod[] = []

  /** The preset's way first, then what the metadata lists, then the others (RFC 8414 §2: Basic when it says nothing). */
  function inOrder(): TokenEndpointAuthMethod[] {
    const { usual, offered } = likely()
    const listed = Array.isArray(offered) ? offered : ['client_secret_basic']
    const wanted = [usual, ...listed.filter((name) => name !== 'none'), ...possible]
    return [...new Set(wanted.map(sameBytes))].filter(
      (method) => method !== undefined && possible.includes(method),
    ) as TokenEndpointAuthMethod[]
  }

  /** Where encoding changes nothing, the two ways of Basic are one. */
  const sameBytes = (method: TokenEndpointAuthMethod | undefined) =>
    method === 'client_secret_basic_raw' && !possible.includes(method) ? 'client_secret_basic' : method

  const current = () => known ?? (inOrder()[0] as TokenEndpointAuthMethod)

  /** The first way alone; only if the client is refused, the others, each against its control. */
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

  /** Of the two ways of Basic, the other one is left. */
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
