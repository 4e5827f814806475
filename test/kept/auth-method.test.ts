import { afterEach, describe, expect, it } from '@jest/globals'
import { comeBack, JSON_PLEASE, outcome, type Rig, refresh, startRig, tokensOf } from '../promises/rig.js'
import type { Misbehaviour, Received } from '../support/faulty-provider.js'
import { saysJson } from '../support/misbehaviour.js'
import { Visitor } from '../support/visitor.js'
import { pause } from '../support/wait.js'

const OFFERED = ['client_secret_basic', 'client_secret_post']

describe('a client that is registered for one way of sending its credentials, where the metadata lists two', () => {
  let rig: Rig
  afterEach(() => rig.close())

  const wayOf = ({ headers, form }: Received) =>
    headers.authorization !== undefined
      ? 'client_secret_basic'
      : form.has('client_secret')
        ? 'client_secret_post'
        : 'none'

  /** Takes the client's credentials in one way only (RFC 6749 §5.2). */
  function takesOnly(way: string, error = 'invalid_client', status = 401): void {
    const sound = rig.provider.sound['/token'] as Misbehaviour
    rig.provider.at('/token', (response, received) =>
      wayOf(received) === way ? sound(response, received) : saysJson({ error }, status)(response, received),
    )
  }

  const exchanges = () => rig.provider.received.filter(({ form }) => form.get('grant_type') === 'authorization_code')
  const probes = () =>
    rig.provider.received.filter(({ form }) => form.get('refresh_token')?.startsWith('made-up-')).map(wayOf)

  async function start(env: Record<string, string> = {}): Promise<void> {
    rig = await startRig(env)
    rig.provider.announces = { token_endpoint_auth_methods_supported: OFFERED }
  }

  it.each(['invalid_client', 'unauthorized_client', 'incorrect_client_credentials'])(
    'is found out while the person signs in, by harmless refreshes: %s (authelia/authelia#6860, nextcloud/user_oidc#907)',
    async (error) => {
      await start()
      takesOnly('client_secret_post', error, error === 'invalid_client' ? 401 : 400)
      const visitor = new Visitor(rig.app)
      expect((await comeBack(visitor)).status).toBe(303)
      expect(exchanges().map(wayOf)).toEqual(['client_secret_post'])
      // The first way, and only because it was refused the other one, against its control with a made-up secret.
      expect(probes()).toEqual(['client_secret_basic', 'client_secret_post', 'client_secret_post'])
      expect((await refresh(visitor)).status).toBe(200)
      await comeBack(new Visitor(rig.app))
      expect(probes()).toHaveLength(3)
    },
  )

  it('is not decided by an answer that made-up credentials get, too', async () => {
    await start()
    const sound = rig.provider.sound['/token'] as Misbehaviour
    const madeUp = ({ form }: Received) => form.get('refresh_token')?.startsWith('made-up-')
    rig.provider.at('/token', (response, received) => {
      if (wayOf(received) === 'client_secret_basic')
        return saysJson({ error: 'invalid_client' }, 401)(response, received)
      // Here nobody looks at the client's secret.
      if (madeUp(received)) return saysJson({ error: 'invalid_grant' }, 400)(response, received)
      return sound(response, received)
    })
    expect((await comeBack(new Visitor(rig.app))).status).toBe(303)
    expect(exchanges().map(wayOf)).toEqual(['client_secret_basic', 'client_secret_post'])
  })

  it('is not asked more than once where the first way is taken', async () => {
    await start()
    await rig.signedIn()
    await rig.signedIn()
    expect(probes()).toEqual(['client_secret_basic'])
  })

  it('is found out again after a provider that was busy, which decides nothing and is no error', async () => {
    await start()
    rig.provider.at('/token', saysJson({ error: 'temporarily_unavailable' }, 503))
    expect(outcome(await comeBack(new Visitor(rig.app)))).toBe('502 provider_error')
    takesOnly('client_secret_post')
    expect((await comeBack(new Visitor(rig.app))).status).toBe(303)
  })

  it('does not delay the callback by more than 5 s, and the code goes out once more in the next way', async () => {
    await start()
    const sound = rig.provider.sound['/token'] as Misbehaviour
    rig.provider.at('/token', (response, received) => {
      if (received.form.get('grant_type') === 'refresh_token') return
      if (wayOf(received) === 'client_secret_post') sound(response, received)
      else saysJson({ error: 'invalid_client' }, 401)(response, received)
    })
    const began = performance.now()
    const visitor = new Visitor(rig.app)
    expect((await comeBack(visitor)).status).toBe(303)
    expect(performance.now() - began).toBeLessThan(7_000)
    expect(exchanges().map(wayOf)).toEqual(['client_secret_basic', 'client_secret_post'])
    expect(rig.provider.isLive((await tokensOf(visitor)).refresh_token)).toBe(true)
  })

  it('is refused in the words of the first answer when no way is taken, and the code goes out twice at most', async () => {
    await start()
    rig.provider.at('/token', saysJson({ error: 'invalid_client', error_description: 'Wrong secret' }, 401))
    const back = await comeBack(new Visitor(rig.app))
    expect([outcome(back), back.json.error_description]).toEqual(['502 provider_error', 'Wrong secret'])
    expect(exchanges().map(wayOf)).toEqual(['client_secret_basic', 'client_secret_post'])
  })

  it('is sent as the set-up check has found, from then on', async () => {
    await start()
    const visitor = await rig.signedIn()
    takesOnly('client_secret_post')
    expect(outcome(await refresh(visitor))).toBe('502 provider_error')
    const { json } = await visitor.post('/auth/check', {}, JSON_PLEASE)
    const found = json.checks.find(({ id }: { id: string }) => id === 'client_authentication')
    expect(found.accepted).toEqual(['client_secret_post'])
    expect((await refresh(visitor)).status).toBe(200)
  })

  it('is sent in the way that is set, which is never tried out', async () => {
    await start({ OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post' })
    await rig.signedIn()
    await pause(50)
    expect(probes()).toEqual([])
    expect(exchanges().map(wayOf)).toEqual(['client_secret_post'])
  })

  it('is found out before a token that was brought is refreshed', async () => {
    await start()
    takesOnly('client_secret_post')
    const visitor = new Visitor(rig.app)
    await visitor.post('/auth/token', { refresh_token: 'brought' })
    expect(outcome(await refresh(visitor))).toBe('409 invalid_grant')
    const real = rig.provider.received.filter(({ form }) => form.get('refresh_token') === 'brought')
    expect(real.map(wayOf)).toEqual(['client_secret_post'])
  })
})
