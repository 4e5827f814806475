/** Run as `node spring.js SOCKET PROPERTY=VALUE…`: keeps a Spring Authorization Server with these properties. One may say `{port}`. */
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.js'
import { cached, run } from './cache.js'
import { keep, spawnBound } from './keeper.js'

const PROJECT = join(import.meta.dirname, '../spring')

const [socket = '', ...properties] = process.argv.slice(2)
await keep(socket, start)

/** The project, compiled once for as long as it stays the same. */
async function jar() {
  const hash = createHash('sha256')
  for (const source of ['pom.xml', 'src/main/java/provider/Provider.java'])
    hash.update(await readFile(join(PROJECT, source)))
  return cached(`spring-authorization-server-${hash.digest('hex').slice(0, 8)}.jar`, async (directory) => {
    await cp(PROJECT, directory, { recursive: true })
    await run('mvn', ['-q', '-B', 'package'], { cwd: directory })
    return join(directory, 'target/spring-authorization-server-1.jar')
  })
}

async function start() {
  const directory = await mkdtemp(join(tmpdir(), 'spring-'))
  const port = await freePort()
  const settings = [
    'server.address=127.0.0.1',
    `server.port=${port}`,
    `server.tomcat.basedir=${directory}`,
    ...properties,
  ]
  const server = spawnBound(
    'java',
    [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-jar',
      await jar(),
      ...settings.map((setting) => `--${setting.replace('{port}', String(port))}`),
    ],
    { log: join(directory, 'log') },
  )
  const stop = async () => {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await server.answers(`${url}/.well-known/openid-configuration`)
  } catch (error) {
    await stop()
    throw error
  }
  return { value: { url }, stop }
}
