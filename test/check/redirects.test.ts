import { describe, expect, it } from '@jest/globals'
import { createSetupCheck } from '../../server/check/set-up-check.js'
import { loadConfig } from '../../server/config/config.js'
import { createProviderClient } from '../../server/dependencies.js'
import type { Check } from '../../server/findings/check.js'
import { listening } from '../support/listening.js'
import { page, SIGN_IN_PAGE, startFakeProvider } from './fake-provider.js'
import { runCheck } from './run-check.js'

describe('the set-up check, where the authorization endpoint redirects (J14)', () => {
  it('asks nothing of another port on the same host', async () => {
    const asked: string[] = []
    const internal = await listening((req, res) => {
      asked.push(req.url as string)
      res.end('<h1>Only for people in this network</h1>')
    })
    const provider = await startFakeProvider({ '/auth': page(302, '', { location: `${internal.url}/inside` }) })
    try {
      const { checks } = await runCheck({ ...provider.env, OAUTH2_ISSUER: provider.issuer })
      expect(asked).toEqual([])
      expect(JSON.stringify(checks)).not.toContain('Only for people')
    } finally {
      await Promise.all([internal.close(), provider.close()])
    }
  })

  it('sends no cookie marked Secure over http, and all others', async () => {
    const cookies: (string | undefined)[] = []
    const provider = await startFakeProvider({
      '/auth': ({ response }) =>
        response
          .writeHead(302, {
            location: '/login',
            'set-cookie': ['a=1; Path=/; Secure; HttpOnly', 'b=2; Path=/; SameSite=Lax'],
          })
          .end(),
      '/login': (asked) => {
        cookies.push(asked.response.req.headers.cookie)
        return page(200, SIGN_IN_PAGE)(asked)
      },
    })
    try {
      await runCheck({ ...provider.env, OAUTH2_ISSUER: provider.issuer })
      expect(cookies.length).toBeGreaterThan(0)
      expect(new Set(cookies)).toEqual(new Set(['b=2']))
    } finally {
      await provider.close()
    }
  })
})

describe('the set-up check of a shared site (J14)', () => {
  it('shows the text of a page only to people who have signed in', async () => {
    const provider = await startFakeProvider({ '/auth': page(400, '<p>Only for people in this network</p>') })
    const config = loadConfig({ PORT: '3000', ...provider.env, OAUTH2_ISSUER: provider.issuer })
    const client = createProviderClient(config)
    try {
      const check = createSetupCheck({ config: { ...config, shared: true }, provider: client.provider, now: Date.now })
      const seen = async (signedIn: boolean) => {
        const rows: Check[] = []
        const result = await check.run((row) => rows.push(row), { signedIn })
        return JSON.stringify([rows, result])
      }
      expect(await seen(false)).not.toContain('Only for people')
      expect(await seen(true)).toContain('Only for people')
    } finally {
      await Promise.all([client.close(), provider.close()])
    }
  })
})

describe('the set-up check, where the metadata has changed since it was read', () => {
  it('uses the addresses as they are now', async () => {
    const provider = await startFakeProvider()
    const tokens = (path: string) => (at: string) => ({
      issuer: at,
      authorization_endpoint: `${provider.issuer}/auth`,
      token_endpoint: `${provider.issuer}${path}`,
    })
    let metadata = tokens('/gone')
    const front = await listening((req, res) => void res.end(JSON.stringify(metadata(`http://${req.headers.host}`))))
    const config = loadConfig({ ...provider.env, OAUTH2_ISSUER: front.url })
    const client = createProviderClient(config)
    try {
      await client.provider.metadata.get()
      metadata = tokens('/token')
      const { checks } = await createSetupCheck({ config, provider: client.provider, now: Date.now }).run()
      expect(checks.find(({ id }) => id === 'client_authentication')?.result).toBe('pass')
      expect(provider.asked).not.toContain('/gone')
      expect(client.provider.metadata.current?.token_endpoint).toBe(`${provider.issuer}/token`)
    } finally {
      await Promise.all([client.close(), front.close(), provider.close()])
    }
  })
})
