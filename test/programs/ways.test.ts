import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import { FORMATS, writeDeviceConfig } from '../../server/device-config/formats.js'
import { systemd } from '../device-config/readers/systemd.js'
import { VSCHAR } from '../device-config/values.js'
import { startProxy } from '../support/proxy.js'
import { describeWith, lacking, whereIs } from '../support/tools.js'
import { configOf, DEVICES, type Device, FIELDS, install, leftovers, refresh } from './devices.js'
import { identity } from './identity.js'
import { oneTime, startTlsTokenEndpoint, startTokenEndpoint, tokens } from './token-endpoint.js'

const run = promisify(execFile)
const [sh, python, node] = ['in dash', 'in Python', 'in Node'].map((end) =>
  DEVICES.find(({ name, process }) => process && name.endsWith(end)),
) as [Device, Device, Device]

for (const device of [sh, python, node]) {
  describeWith(device.missing, device.name, () => {
    const cached = { args: ['--cached'] }

    it.concurrent('prints a cached access token again, which only its owner can read', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
      const folder = await install(device, { token_endpoint: endpoint.url })
      for (const _ of [1, 2, 3]) {
        expect(await refresh(device, folder, cached)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
      }
      expect(endpoint.received).toHaveLength(1)
      expect((await stat(`${configOf(device, folder)}.access`)).mode & 0o777).toBe(0o600)
      expect(await refresh(device, folder)).toMatchObject({ stdout: 'access-2\n' })
      expect(await refresh(device, folder, cached)).toMatchObject({ stdout: 'access-3\n' })
    })

    it.concurrent.each([
      ['ends within a minute', { expires_in: 59 }],
      ['has no known end', { expires_in: undefined }],
    ])('refreshes again where the access token %s', async (_, members) => {
      const endpoint = await startTokenEndpoint(tokens(members), tokens({ ...members, access_token: 'access-2' }))
      const folder = await install(device, { token_endpoint: endpoint.url, refresh_token_usage: 'keep' })
      expect(await refresh(device, folder, cached)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
      expect(await refresh(device, folder, cached)).toMatchObject({ code: 0, stdout: 'access-2\n', stderr: '' })
    })

    it.concurrent('does not take the cached token of another config, or from the future', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
      const folder = await install(device, { token_endpoint: endpoint.url })
      await refresh(device, folder, cached)
      const kept = `${configOf(device, folder)}.access`
      const later = Math.floor(Date.now() / 1000) + 7200
      const text = await readFile(kept, 'utf8')
      await writeFile(kept, text.replace(/\d{10}/, String(later)).replace(/(\D)\d{10}(?=\D)/, `$1${later + 300}`))
      expect(await refresh(device, folder, cached)).toMatchObject({ stdout: 'access-2\n' })
      const config = configOf(device, folder)
      await writeFile(
        config,
        (await readFile(config, 'utf8')).replace('initial-refresh-token-2', 'initial-refresh-token-X'),
      )
      expect(await refresh(device, folder, cached)).toMatchObject({ code: 2, stdout: '' })
    })

    const environment = (url: string, usage: string) => ({
      OAUTH2_TOKEN_ENDPOINT: url,
      OAUTH2_CLIENT_ID: 'sensor',
      OAUTH2_CLIENT_SECRET: 'sensor-secret',
      OAUTH2_REFRESH_TOKEN: 'from-the-environment',
      ...(usage === '' ? {} : { OAUTH2_REFRESH_TOKEN_USAGE: usage }),
    })

    it.concurrent('reads the environment where there is no config, and writes nothing', async () => {
      const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
      const folder = await install(device, {})
      await rm(configOf(device, folder))
      const env = environment(endpoint.url, 'keep')
      expect(await refresh(device, folder, { env })).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
      expect(endpoint.received[0]?.body.get('refresh_token')).toBe('from-the-environment')
      expect(await leftovers(device, folder)).toEqual([])
    })

    it.concurrent.each(['store', ''])(
      'sends no token of the environment with usage %j, and says why',
      async (usage) => {
        const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
        const folder = await install(device, {})
        await rm(configOf(device, folder))
        const got = await refresh(device, folder, { env: environment(endpoint.url, usage) })
        expect(got).toMatchObject({ code: 1, stdout: '' })
        expect(got.stderr).toMatch(
          /may work only once, and this program cannot store the next one there: put the values into/,
        )
        expect(endpoint.received).toEqual([])
      },
    )

    it.concurrent('takes the config rather than the environment', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
      const folder = await install(device, { token_endpoint: endpoint.url })
      const env = environment('http://127.0.0.1:1/', 'keep')
      expect(await refresh(device, folder, { env })).toMatchObject({ code: 0, stdout: 'access-1\n' })
    })

    it.concurrent('says what it does when asked for help, and refuses other options', async () => {
      const folder = await install(device, {})
      const help = await refresh(device, folder, { args: ['--help'] })
      expect(help).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout.split('\n').length).toBeLessThan(26)
      expect(help.stdout).toMatch(/--cached[\s\S]*Exit codes: 0[\s\S]*REFRESH_TRIES/)
      expect(await refresh(device, folder, { args: ['--force'] })).toMatchObject({ code: 1, stdout: '' })
    })
  })

  describeWith(device.missing ?? lacking('setfacl'), device.name, () => {
    it.concurrent('keeps the access control list of the config', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
      const folder = await install(device, { token_endpoint: endpoint.url })
      const file = configOf(device, folder)
      execFileSync('setfacl', ['-m', 'u:65534:r', file])
      expect(await refresh(device, folder)).toMatchObject({ code: 0 })
      expect((await run('getfacl', ['-cpn', file])).stdout).toContain('user:65534:r--')
    })
  })
}

describeWith(sh.missing ?? lacking('mksh'), 'refresh.sh', () => {
  it('J9 starts no printf with a secret in mksh, and asks one address where the endpoint has braces', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(sh, { token_endpoint: `${endpoint.url}/{a,b}[1-2]` })
    const log = join(folder, 'log')
    await mkdir(join(folder, 'bin'))
    const spied = ['printf', 'cat', 'sed', 'awk', 'cksum', 'echo', 'curl', 'grep', 'ls', 'test', '[']
    for (const command of spied) {
      const spy = `#!/bin/dash\nprintf '%s\\n' "$0 $*" >>${log}\nexec ${whereIs(command)} "$@"\n`
      await writeFile(join(folder, 'bin', command), spy)
      await chmod(join(folder, 'bin', command), 0o755)
    }
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
    const device = { ...sh, command: ['mksh', 'refresh.sh'] }
    expect(await refresh(device, folder, { env, args: ['--cached'] })).toMatchObject({ code: 0, stdout: 'access-1\n' })
    expect(endpoint.received).toHaveLength(1)
    const seen = await readFile(log, 'utf8')
    expect(seen).toMatch(/curl/)
    expect(seen).not.toMatch(/initial-refresh-token|sensor-secret|access-1/)
  })

  it.each(['systemd', 'env-file'])('leaves a file for %s as it can be read there', async (id) => {
    const format = FORMATS.find((candidate) => candidate.id === id)
    if (!format) throw new Error(id)
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(sh, {})
    const about = { fingerprint: '01234567', user: 'demo', verdict: 'one_time' as const, written_at: new Date() }
    const text = writeDeviceConfig(format, { ...FIELDS, token_endpoint: endpoint.url }, about)
    await writeFile(join(folder, 'device.env'), text, { mode: 0o600 })
    expect(await refresh(sh, folder, { args: ['device.env'] })).toMatchObject({
      code: 0,
      stdout: 'access-1\n',
      stderr: '',
    })
    const after = await readFile(join(folder, 'device.env'), 'utf8')
    expect(after).toBe(text.replace('initial-refresh-token', 'initial-refresh-token-1'))
    expect(format.parse(after).OAUTH2_REFRESH_TOKEN).toBe('initial-refresh-token-1')
  })
})

describeWith(sh.missing ?? systemd.missing(), 'refresh.sh and systemd', () => {
  it.each([
    ['plain', 'second-token'],
    ['with every character that a token may have', VSCHAR.join('')],
  ])(
    'systemd reads the next token, %s, from the file that refresh.sh has written',
    async (_, refresh_token) => {
      const format = FORMATS.find(({ id }) => id === 'systemd')
      if (!format) throw new Error('systemd')
      const endpoint = await startTokenEndpoint(tokens({ refresh_token }))
      const folder = await install(sh, {})
      const about = { fingerprint: '01234567', user: 'demo', verdict: 'one_time' as const, written_at: new Date() }
      const file = join(folder, 'device.env')
      await writeFile(file, writeDeviceConfig(format, { ...FIELDS, token_endpoint: endpoint.url }, about), {
        mode: 0o600,
      })
      expect(await refresh(sh, folder, { args: ['device.env'] })).toMatchObject({ code: 0, stdout: 'access-1\n' })
      const [seen] = await systemd.read([file], ['OAUTH2_REFRESH_TOKEN'])
      expect(seen).toMatchObject({ OAUTH2_REFRESH_TOKEN: refresh_token, OAUTH2_CLIENT_SECRET: FIELDS.client_secret })
    },
    60_000,
  )
})

describeWith(python.missing ?? lacking('openssl'), 'refresh.py', () => {
  it('can be imported as a function', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(python, { token_endpoint: endpoint.url })
    await rename(configOf(python, folder), join(folder, 'other.json'))
    const script = `import refresh
print(refresh.access_token(config='other.json'), refresh.access_token('other.json', cached=True))
try: refresh.access_token(config='missing.json')
except refresh.Stop as stop: print(stop.exit_code)`
    const { stdout } = await run('python3', ['-c', script], { cwd: folder })
    expect(stdout).toBe('access-1 access-2\n1\n')
  })

  it('takes a private authority where Python checks strictly, as 3.13 does', async () => {
    const ours = await privateAuthority()
    const endpoint = await startTlsTokenEndpoint(ours, tokens())
    const folder = await install(python, { token_endpoint: endpoint.url, refresh_token_usage: 'keep' })
    const strict = `import ssl
_create = ssl.create_default_context
def create_default_context(*args, **options):
    context = _create(*args, **options)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context
ssl.create_default_context = create_default_context\n`
    await mkdir(join(folder, 'strict'))
    await writeFile(join(folder, 'strict/sitecustomize.py'), strict)
    const env = { SSL_CERT_FILE: ours.file, PYTHONPATH: join(folder, 'strict') }
    expect(await refresh(python, folder, { env })).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
  })
})

describeWith(lacking('openssl'), 'refresh.mjs', () => {
  it('can be imported as a function', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(node, { token_endpoint: endpoint.url })
    await rename(configOf(node, folder), join(folder, 'other.json'))
    const script = `import { accessToken } from './refresh.mjs'
console.log(await accessToken({ config: 'other.json' }), await accessToken({ config: 'other.json', cached: true }))
await accessToken({ config: 'missing.json' }).catch(({ exitCode }) => console.log(exitCode))`
    await writeFile(join(folder, 'use.mjs'), script)
    expect((await run(process.execPath, ['use.mjs'], { cwd: folder })).stdout).toBe('access-1 access-2\n1\n')
  })

  it.each(['http', 'https'])('goes through a proxy for %s, and not where NO_PROXY names the host', async (scheme) => {
    const ours = await identity('DNS:provider.example')
    const endpoint =
      scheme === 'https' ? await startTlsTokenEndpoint(ours, tokens()) : await startTokenEndpoint(tokens())
    const proxy = await startProxy()
    const { port } = new URL(endpoint.url)
    const token_endpoint = `${scheme}://provider.example:${port}/token`
    const folder = await install(node, { token_endpoint, refresh_token_usage: 'keep' })
    const env = { [`${scheme.toUpperCase()}_PROXY`]: proxy.url, NODE_EXTRA_CA_CERTS: ours.file, REFRESH_TRIES: '1' }
    expect(await refresh(node, folder, { env })).toMatchObject({ code: 0, stdout: 'access-1\n' })
    expect(endpoint.received[0]?.headers.host).toBe(`provider.example:${port}`)
    const direct = await refresh(node, folder, { env: { ...env, NO_PROXY: 'other.example, .example' } })
    expect(direct).toMatchObject({ code: 3, stdout: '' })
    expect(endpoint.received).toHaveLength(1)
    await proxy.close()
  })
})

/** A server's certificate by an authority as people make one by hand: without the extensions that a strict check asks for. */
async function privateAuthority() {
  const folder = await mkdtemp(join(tmpdir(), 'authority-'))
  await writeFile(
    join(folder, 'name.cnf'),
    '[req]\ndistinguished_name = n\nx509_extensions = own\n[n]\n[own]\nbasicConstraints = CA:TRUE\n',
  )
  await writeFile(join(folder, 'leaf.cnf'), 'subjectAltName = IP:127.0.0.1\n')
  const openssl = (words: string) => run('openssl', words.split(' '), { cwd: folder })
  const pair = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
  await openssl(`req -x509 ${pair} -days 2 -config name.cnf -subj /CN=home -keyout ca.key -out ca.pem`)
  await openssl(`req -new ${pair} -subj /CN=server -keyout key.pem -out leaf.csr`)
  await openssl(
    'x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile leaf.cnf -out cert.pem',
  )
  const text = (name: string) => readFile(join(folder, name), 'utf8')
  return { key: await text('key.pem'), cert: await text('cert.pem'), file: join(folder, 'ca.pem') }
}

const NODES = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'offline-token-mint')
const versions = ['12', '14', '16', '18.13', '22', '24', '26'].map((version) => [
  version,
  join(NODES, `node-${version}/bin/node`),
])
const noNode = versions.find(([, path]) => !existsSync(path as string))

describeWith(noNode ? `Node ${noNode[0]}` : null, 'refresh.mjs', () => {
  it.concurrent.each(versions as [string, string][])('lives on a one-time token in Node %s', async (_, path) => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(node, { token_endpoint: endpoint.url })
    const device = { ...node, command: [path, 'refresh.mjs'] }
    for (const count of [1, 2]) {
      const got = await refresh(device, folder, { env: { NODE_NO_WARNINGS: '1' } })
      expect(got).toMatchObject({ code: 0, stdout: `access-${count}\n`, stderr: '' })
    }
  })
})
