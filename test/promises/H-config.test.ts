import { execFileSync } from 'node:child_process'
import { afterEach, describe, expect, it } from '@jest/globals'
import { makeBadCertificate } from '../support/bad-certificates.js'
import type { Misbehaviour } from '../support/faulty-provider.js'
import { says, saysJson } from '../support/misbehaviour.js'
import { SESSION_SECRET, startProcess } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'
import { comeBack, comeBackInBrowser, JSON_PLEASE, outcome, type Rig, startRig } from './rig.js'

const METADATA = '/.well-known/openid-configuration'
const PROVIDER = {
  OAUTH2_ISSUER: 'https://provider.test',
  OAUTH2_CLIENT_ID: 'sensor',
  OAUTH2_CLIENT_SECRET: 'canary-of-h',
}

describe('a start', () => {
  it('H1 is refused within a second, with every mistake at once, and no secret is printed', async () => {
    const mistakes = {
      BASE_URL: 'https://user:canary-password@mint.test/path?query=1',
      SESSION_SECRET: 'canary-short',
      OAUTH2_CLIENT_SECRT: 'canary-misspelt',
      OAUTH2_ISSUER: 'provider',
      LOG_LEVEL: 'loud',
    }
    const took: number[] = []
    const bare: number[] = []
    // A busy machine takes long to start anything: then twenty times what node needs to do nothing at all.
    const allowed = () => Math.max(1_000, 20 * Math.min(...bare))
    for (let time = 0; time < 3 || (time < 9 && Math.min(...took) >= allowed()); time += 1) {
      const begun = performance.now()
      execFileSync(process.execPath, ['-e', '0'])
      bare.push(performance.now() - begun)
      const started = performance.now()
      const refused = await startProcess(mistakes)
      took.push(performance.now() - started)
      expect(refused.process.exitCode).toBe(1)
      const printed = refused.printed()
      for (const name of Object.keys(mistakes)) expect(printed).toContain(name)
      expect(printed).toContain('OAUTH2_CLIENT_SECRET')
      expect(printed).not.toContain('canary')
      expect(printed).not.toMatch(/^ +at /m)
    }
    expect(Math.min(...took)).toBeLessThan(allowed())
  }, 60_000)

  it('H2 of a shared site without https, secret or provider is refused; without Redis it says what that means', async () => {
    const shared = { BASE_URL: 'https://mint.test', SESSION_SECRET, ...PROVIDER }
    const rows: [Record<string, string>, string][] = [
      [{ ...shared, BASE_URL: 'http://mint.test' }, 'BASE_URL'],
      [{ ...shared, SESSION_SECRET: '' }, 'SESSION_SECRET'],
      [{ BASE_URL: 'https://mint.test', SESSION_SECRET }, 'OAUTH2_CLIENT_ID'],
      [{ ...shared, SHOW_CLIENT_SECRET: 'true' }, 'SHOW_CLIENT_SECRET'],
      [{ ...shared, TRUST_PROXY: 'true' }, 'TRUST_PROXY'],
    ]
    for (const [env, name] of rows) {
      const refused = await startProcess(env)
      expect([name, refused.process.exitCode]).toEqual([name, 1])
      expect(refused.printed()).toContain(name)
      expect(refused.printed()).not.toContain('canary')
    }
    const started = await startProcess(shared)
    expect(started.process.exitCode).toBeNull()
    expect(started.printed()).toMatch(/one process/i)
    expect(started.printed()).toContain('REDIS_URL')
    await started.end('SIGKILL')
  })
})

describe('a provider', () => {
  const closing: Rig[] = []
  afterEach(async () => {
    for (const rig of closing.splice(0)) await rig.close()
  })

  /** What is said when somebody wants to sign in, where the metadata is this. */
  async function beginWith(metadata: (rig: Rig) => Misbehaviour) {
    const rig = await startRig()
    closing.push(rig)
    rig.provider.at(METADATA, metadata(rig))
    // The app may have the sound metadata from its start already: it is asked anew in another one.
    const other = await startRig({ OAUTH2_ISSUER: rig.provider.issuer })
    closing.push(other)
    const visitor = new Visitor(other.app)
    return {
      begun: await visitor.get('/auth/oauth2', JSON_PLEASE),
      ready: await visitor.get('/readyz'),
      checked: await visitor.post('/auth/check', {}, JSON_PLEASE),
    }
  }

  it('H3 whose metadata can not be right is not used, and it is said which way it is wrong', async () => {
    const rows: [string, (rig: Rig) => Misbehaviour, RegExp][] = [
      [
        'another issuer',
        ({ provider }) => saysJson({ ...provider.metadata(), issuer: 'https://evil.test' }),
        /https:\/\/evil\.test/,
      ],
      ['no issuer', ({ provider }) => saysJson({ ...provider.metadata(), issuer: undefined }), /\(none\)/],
      [
        'no token endpoint',
        ({ provider }) => saysJson({ ...provider.metadata(), token_endpoint: undefined }),
        /token_endpoint/,
      ],
      [
        'an endpoint that is a script',
        ({ provider }) => saysJson({ ...provider.metadata(), authorization_endpoint: 'javascript:alert(1)' }),
        /authorization_endpoint/,
      ],
      ['HTML', () => says(200, '<h1>Hello</h1>', { 'content-type': 'text/html' }), /without metadata/],
      ['a list', () => saysJson([]), /without metadata/],
      ['5 MB', () => says(200, `"${'x'.repeat(5_000_000)}"`), /more than 256 KiB/],
      [
        'a redirect',
        () => (response) => void response.writeHead(302, { location: 'https://evil.test' }).end(),
        /a redirect/,
      ],
    ]
    for (const [what, metadata, told] of rows) {
      const { begun, ready } = await beginWith(metadata)
      expect([what, outcome(begun), begun.headers.get('location')]).toEqual([what, '502 provider_malformed', null])
      expect([what, begun.json.detail]).toEqual([what, expect.stringMatching(told)])
      expect([what, ready.status]).toEqual([what, 503])
      expect(ready.json.reasons.join()).toMatch(told)
    }
  }, 40_000)

  it('H3 that does not list S256 is used all the same: some have it and do not say so', async () => {
    const { begun, checked } = await beginWith(({ provider }) =>
      saysJson({ ...provider.metadata(), code_challenge_methods_supported: ['plain'] }),
    )
    const discovery = checked.json.checks.find(({ id }: { id: string }) => id === 'discovery')
    expect([discovery.result, discovery.message]).toEqual(['warn', expect.stringContaining('S256')])
    expect(begun.status).toBe(302)
    expect(new URL(begun.headers.get('location') ?? '').searchParams.get('code_challenge_method')).toBe('S256')
  })

  it('H4 that refuses the client is told to the operator: no loop, no value, and which switch to turn', async () => {
    const rig = await startRig({ OAUTH2_CLIENT_SECRET: 'canary-wrong-secret' })
    closing.push(rig)
    const visitor = new Visitor(rig.app)
    const answer = await comeBack(visitor)
    expect(outcome(answer)).toBe('502 provider_error')
    expect(answer.json.error).toBe('invalid_client')
    expect(`${answer.json.detail} ${answer.json.hint}`).toMatch(/OAUTH2_CLIENT_SECRET|client secret/i)
    const page = await comeBackInBrowser(visitor)
    expect([page.status, page.headers.get('location')]).toEqual([502, null])
    for (const text of [answer.text, page.text, rig.app.logged.join()]) expect(text).not.toContain('canary')
    // Two codes, each sent once in both ways that the provider lists.
    expect(rig.provider.asked('authorization_code')).toBe(4)
  })
})

describeWith(lacking('openssl'), 'a provider on https', () => {
  it('H3 whose metadata name an endpoint on plain http is not used', async () => {
    const { startFaultyProvider } = await import('../support/faulty-provider.js')
    const certificate = makeBadCertificate('localhost')
    const provider = await startFaultyProvider({ tls: certificate, host: 'localhost' })
    provider.announces = { token_endpoint: 'http://provider.test/token' }
    const rig = await startRig({ ...provider.env, OAUTH2_CA_FILE: certificate.certFile })
    const begun = await new Visitor(rig.app).get('/auth/oauth2', JSON_PLEASE)
    expect(outcome(begun)).toBe('502 provider_malformed')
    expect(begun.json.detail).toContain('token_endpoint on plain http')
    await rig.close()
    await provider.stop()
  })
})
