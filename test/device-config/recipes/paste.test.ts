import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, jest } from '@jest/globals'
import { cksum } from '../../../server/device-config/cksum.js'
import { proven, site, textOf } from '../../pages/fixtures.js'
import { describeWith, lacking } from '../../support/tools.js'

jest.setTimeout(60_000)

const PROGRAM = fileURLToPath(new URL('paste.py', import.meta.url))
const ENTER = '\n'
const CTRL_D = '\x04'

describeWith(lacking('python3', 'bash', 'dash', 'busybox'), 'a config that is pasted into a terminal', () => {
  it.each([
    ['bash', '--norc'],
    ['dash', '-i'],
    ['busybox', 'sh', '-i'],
  ])('arrives whole in %s, readable by its owner alone, with the check sum that the page shows', async (...shell) => {
    const here = await site({ OAUTH2_CLIENT_SECRET: 'the sécret' })
    const html = await here.profile(proven('reusable', { refresh_token: 'x'.repeat(4_096) }), 'linux')
    await here.close()
    const [command, lines] = [textOf(html, 'command-file-sh'), textOf(html, 'lines-file-sh')]
    expect(command).toBe('umask 077; base64 -d > device.sh')
    expect(lines.split('\n').every((line) => line.length <= 76)).toBe(true)

    const folder = mkdtempSync(join(tmpdir(), 'paste-'))
    const texts = [command, ENTER, lines, CTRL_D, 'cksum device.sh', ENTER]
    const input = JSON.stringify(texts)
    const seen = execFileSync('python3', [PROGRAM, folder, ...shell], { input, encoding: 'utf8' })

    const file = join(folder, 'device.sh')
    expect(readFileSync(file, 'utf8')).toBe(textOf(html, 'file-sh'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const [, sum] = /It prints <code>([^<]+)<\/code>/.exec(html) ?? []
    expect(sum).toMatch(/^\d+ \d+ device\.sh$/)
    expect(seen).toContain(sum)
  })
})

describeWith(lacking('cksum'), 'the check sum', () => {
  it.each(['', 'a', 'é\n', 'x'.repeat(70_000), '123456789'])('is that of cksum', (text) => {
    const file = join(mkdtempSync(join(tmpdir(), 'cksum-')), 'file')
    writeFileSync(file, text)
    expect(`${cksum(text)} ${file}\n`).toBe(execFileSync('cksum', [file], { encoding: 'utf8' }))
  })
})
