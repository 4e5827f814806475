import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { DeviceConfigFields } from '../../../server/device-config/fields.js'
import { writeDeviceConfig } from '../../../server/device-config/formats.js'
import { snippets } from '../../../server/device-config/recipes/snippets.js'
import { startTokenEndpoint, tokens } from '../../programs/token-endpoint.js'
import { type RunningApp, startApp } from '../../support/app.js'
import { describeWith, lacking } from '../../support/tools.js'
import { Visitor } from '../../support/visitor.js'
import { ABOUT, FIELDS, format } from '../values.js'
import { recipePage } from './recipe-page.js'

jest.setTimeout(60_000)

const run = promisify(execFile)
const METHODS = ['client_secret_basic', 'client_secret_basic_raw', 'client_secret_post', 'none']
const LANGUAGES = [
  { language: 'Python', file: 'snippet.py', command: 'python3' },
  { language: 'JavaScript', file: 'snippet.mjs', command: process.execPath },
  { language: 'the shell', file: 'snippet.sh', command: 'sh' },
]
const HOSTILE = `+b/c%d:e é😀 &=?#'"\\$\`!*~;<|>{}[]^@,()%2B\\n`

/** Runs a snippet beside its config, as it is pasted; what it prints. */
async function runs(index: number, text: string, fields: DeviceConfigFields): Promise<string> {
  const { file, command } = LANGUAGES[index] as (typeof LANGUAGES)[number]
  const folder = await mkdtemp(join(tmpdir(), 'snippet-'))
  await writeFile(join(folder, file), text)
  for (const id of ['json', 'sh']) {
    await writeFile(join(folder, format(id).file), writeDeviceConfig(format(id), fields, ABOUT))
  }
  return (await run(command, [file], { cwd: folder })).stdout
}

it('have at most 20 lines each', () => {
  for (const method of METHODS) {
    for (const { text } of snippets(method)) expect(text.split('\n').length).toBeLessThanOrEqual(20)
  }
})

describeWith(lacking('python3', 'sh', 'curl', 'jq'), 'the snippets', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.close())

  async function minted() {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    await visitor.post('/auth/prove')
    const fields = JSON.parse((await visitor.get('/profile/device-config/json')).text) as DeviceConfigFields
    return { visitor, fields }
  }

  describe.each(LANGUAGES.map(({ language }, i) => [language, i] as const))('in %s', (_language, i) => {
    it('get an access token from the demo provider, as the page shows them', async () => {
      const { visitor, fields } = await minted()
      const { code } = await recipePage(visitor, 'other', [])
      const token = await runs(i, code[`step-2-code-${i + 1}`] as string, fields)
      expect(token).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
      const answer = await fetch(`${app.url}/realms/organicity/protocol/openid-connect/userinfo`, {
        headers: { authorization: `Bearer ${token.trim()}` },
      })
      // 403: it is good, and lacks the scope openid.
      expect([200, 403]).toContain(answer.status)
    })

    it.each(METHODS.slice(0, 3))('get one from the demo provider by %s', async (token_endpoint_auth_method) => {
      const { fields } = await minted()
      const text = snippets(token_endpoint_auth_method)[i]?.text as string
      expect(await runs(i, text, { ...fields, token_endpoint_auth_method })).toMatch(/^eyJ/)
    })

    it.each(METHODS)('send hostile credentials whole by %s', async (method) => {
      const endpoint = await startTokenEndpoint(tokens())
      const [client_id, client_secret, refresh_token] = [
        `id${HOSTILE}`,
        `s${HOSTILE}`,
        `t${HOSTILE.replace(' é😀', '')}`,
      ]
      const given = { ...FIELDS, token_endpoint: endpoint.url, client_id, client_secret, refresh_token }
      const fields = { ...given, token_endpoint_auth_method: method, ...(method === 'none' && { client_secret: null }) }
      await runs(i, snippets(method)[i]?.text as string, fields)
      await endpoint.close()
      const [{ headers, body } = { headers: {}, body: new URLSearchParams() }] = endpoint.received
      const basic = Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString()
      const form = (text: string) => new URLSearchParams(`v=${text}`).get('v')
      const sent = Object.fromEntries(body)
      const grant = { grant_type: 'refresh_token', refresh_token }
      if (method === 'client_secret_basic') expect(basic.split(':').map(form)).toEqual([client_id, client_secret])
      if (method === 'client_secret_basic_raw') expect(basic).toBe(`${client_id}:${client_secret}`)
      if (method.startsWith('client_secret_basic')) expect(sent).toEqual(grant)
      if (method === 'client_secret_post') expect(sent).toEqual({ ...grant, client_id, client_secret })
      if (method === 'none') expect(sent).toEqual({ ...grant, client_id })
    })

    it('fail where no token comes', async () => {
      const { fields } = await minted()
      const text = snippets(fields.token_endpoint_auth_method)[i]?.text as string
      await expect(runs(i, text, { ...fields, refresh_token: 'dead' })).rejects.toThrow()
    })
  })
})
