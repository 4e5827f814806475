import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { lacking } from '../../support/tools.js'
import { inOrder, type Reader, run, type Seen, versionOf } from './reader.js'

/** Docker's client reads the file; an engine of ours takes what it sends. */
export const docker: Reader = {
  name: 'docker create --env-file',
  formats: ['env-file'],
  missing: () => lacking('docker'),
  version: () => versionOf('docker', '--version'),
  async read(files, names) {
    const folder = await mkdtemp(join(tmpdir(), 'engine-'))
    const bodies: string[] = []
    const engine = createServer(async (req, res) => {
      res.setHeader('Api-Version', '1.41')
      if (req.url?.endsWith('/containers/create')) {
        bodies.push(await text(req))
        res.writeHead(201, { 'Content-Type': 'application/json' }).end('{"Id":"0123456789ab","Warnings":[]}')
      } else res.end('OK')
    })
    try {
      const socket = join(folder, 'socket')
      await new Promise<void>((resolve) => engine.listen(socket, resolve))
      const flags = files.map((file) => `--env-file=${file}`)
      await run('docker', ['-H', `unix://${socket}`, 'create', ...flags, 'image'])
      return seenIn(JSON.parse(bodies[0] ?? '').Env, names)
    } finally {
      engine.close()
      await rm(folder, { recursive: true })
    }
  },
}

/** The client sends the lines of all files in order. */
function seenIn(env: string[], names: readonly string[]): Seen[] {
  env.forEach((line, i) => {
    if (!line.startsWith(`${names[i % names.length]}=`)) throw new Error(`line ${i} is not that of a name`)
  })
  return inOrder(
    env.map((line) => line.slice(line.indexOf('=') + 1)),
    names,
  )
}
