import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lacking } from '../../support/tools.js'
import { jsonLines, type Reader, run, versionOf } from './reader.js'

const SOURCE = fileURLToPath(new URL('compose-go', import.meta.url))

/** Compose's own parser, as a small Go program. */
export const compose: Reader = {
  name: 'compose-go dotenv',
  formats: ['compose'],
  missing: () => lacking('go'),
  version: () => versionOf('go', '-C', SOURCE, 'list', '-m', 'github.com/compose-spec/compose-go/v2'),
  async read(files) {
    const folder = await mkdtemp(join(tmpdir(), 'compose-'))
    try {
      const program = join(folder, 'reader')
      await run('go', ['-C', SOURCE, 'build', '-o', program, '.'])
      return jsonLines(await run(program, files))
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}
