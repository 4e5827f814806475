import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { FORMATS } from '../../server/device-config/formats.js'
import { PLACES } from '../../server/device-config/places.js'
import { PROGRAMS, readProgram } from '../../server/device-config/programs.js'
import { describeWith, lacking } from '../support/tools.js'

const run = promisify(execFile)

/** A program's text, in a file of its own. */
async function downloaded(id: string): Promise<string> {
  const program = PROGRAMS.find((candidate) => candidate.id === id)
  if (!program) throw new Error(`there is no program ${id}`)
  const file = join(await mkdtemp(join(tmpdir(), 'source-')), program.file)
  await writeFile(file, await readProgram(program))
  return file
}

describe('the programs', () => {
  it.each(PROGRAMS)('$id reads the file of a format that is offered at the same places', async (program) => {
    const format = FORMATS.find(({ id }) => id === program.reads)
    expect(await readProgram(program)).toContain(format?.file)
    expect(PLACES.map(({ id }) => id)).toEqual(expect.arrayContaining([...program.places]))
  })

  it('have ids of their own, apart from those of the formats', () => {
    const ids = [...PROGRAMS, ...FORMATS].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refresh.mjs is JavaScript', async () => {
    await run(process.execPath, ['--check', await downloaded('node')])
  })
})

describeWith(lacking('shellcheck'), 'shellcheck', () => {
  it('finds nothing in refresh.sh', async () => {
    await run('shellcheck', ['--shell=sh', await downloaded('curl')])
  })
})

describeWith(lacking('dash', 'bash', 'busybox'), 'refresh.sh', () => {
  it.each([['dash'], ['bash', '--posix'], ['busybox', 'sh']])('is shell to %s', async (command, ...args) => {
    await run(command, [...args, '-n', await downloaded('curl')])
  })
})

describeWith(lacking('python3'), 'python3', () => {
  it.each(['python', 'micropython-program'])('compiles %s without a warning', async (id) => {
    await run('python3', ['-W', 'error', '-m', 'py_compile', await downloaded(id)])
  })
})
