/**
 * Run as `node keycloak.js SOCKET VERSION [KEYCLOAK-OPTION…]`: keeps a real Keycloak of that version, from its Maven artifact.
 * An option may say `{port}`.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.js'
import { cached, run } from './cache.js'
import { keep, spawnBound } from './keeper.js'

const ADMIN = { username: 'admin', password: 'admin' }
const JAVA_OPTIONS = '-Xmx512m -XX:TieredStopAtLevel=1'

/** Build options are settled once, when it is unpacked: without them each start would spend ten seconds more on it. */
const BUILD = ['--db=dev-mem', '--cache=local', '--health-enabled=false']

const [socket = '', version = '', ...options] = process.argv.slice(2)
await keep(socket, Number.parseInt(version, 10) < 17 ? startWildFly : startQuarkus)

/** The zip as Maven brings it, unpacked, with `prepare` done to it. */
async function unpacked(/** @type {string} */ artifact, /** @type {(home: string) => Promise<void>} */ prepare) {
  const zip = await cached(`${artifact}-${version}.zip`, async (directory) => {
    const coordinates = `org.keycloak:${artifact}:${version}:zip`
    await run('mvn', [
      '-q',
      '-B',
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
      `-Dartifact=${coordinates}`,
      `-DoutputDirectory=${directory}`,
    ])
    return join(directory, `${artifact}-${version}.zip`)
  })
  return cached(`keycloak-${version}`, async (directory) => {
    await run('jar', ['xf', zip], { cwd: directory })
    const home = join(directory, `keycloak-${version}`)
    await prepare(home)
    return home
  })
}

/** 17 and later. The home of a start is its own; what never changes is linked into it. */
async function startQuarkus() {
  const distribution = await unpacked('keycloak-quarkus-dist', (home) =>
    run('sh', [join(home, 'bin/kc.sh'), 'build', ...BUILD]),
  )
  const home = await mkdtemp(join(tmpdir(), 'keycloak-'))
  for (const part of ['lib', 'conf', 'providers', 'themes']) await symlink(join(distribution, part), join(home, part))
  const port = await freePort()
  const server = spawnBound(
    'sh',
    [
      join(distribution, 'bin/kc.sh'),
      `-Dkc.home.dir=${home}`,
      'start',
      '--optimized',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      ...(options.length > 0
        ? options.map((option) => option.replace('{port}', String(port)))
        : ['--hostname-strict=false']),
    ],
    {
      log: join(home, 'log'),
      env: {
        ...process.env,
        // The names until 25, and since. The cache is chosen when it is built until 25, and at the start since.
        KEYCLOAK_ADMIN: ADMIN.username,
        KEYCLOAK_ADMIN_PASSWORD: ADMIN.password,
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
        KC_CACHE: 'local',
        JAVA_OPTS_APPEND: JAVA_OPTIONS,
      },
    },
  )
  return up(server, `http://127.0.0.1:${port}`, home)
}

/** 16 and before: WildFly, every path under `/auth`. */
async function startWildFly() {
  const distribution = await unpacked('keycloak-server-dist', (home) =>
    run('sh', [join(home, 'bin/add-user-keycloak.sh'), '-u', ADMIN.username, '-p', ADMIN.password]),
  )
  const base = await mkdtemp(join(tmpdir(), 'keycloak-'))
  await cp(join(distribution, 'standalone'), base, { recursive: true })
  await mkdir(join(base, 'tmp'), { recursive: true })
  // A database in a file is shared on a port of all interfaces; one in memory is not.
  const configuration = join(base, 'configuration/standalone.xml')
  const xml = await readFile(configuration, 'utf8')
  const url = /jdbc:h2:\$\{jboss\.server\.data\.dir\}\/keycloak;AUTO_SERVER=TRUE/
  if (!url.test(xml)) throw new Error(`no database to replace in ${configuration}`)
  await writeFile(configuration, xml.replace(url, 'jdbc:h2:mem:keycloak;DB_CLOSE_DELAY=-1'))
  const port = await freePort()
  const further = await Promise.all(
    ['https', 'ajp', 'management.http', 'management.https'].map(
      async (name) => `-Djboss.${name}.port=${await freePort()}`,
    ),
  )
  const server = spawnBound(
    'sh',
    [
      join(distribution, 'bin/standalone.sh'),
      `-Djboss.server.base.dir=${base}`,
      '-b',
      '127.0.0.1',
      '-bmanagement',
      '127.0.0.1',
      `-Djboss.http.port=${port}`,
      ...further,
    ],
    {
      log: join(base, 'output'),
      env: {
        ...process.env,
        JAVA_OPTS: `-Xms64m -XX:MaxMetaspaceSize=256m -Djava.net.preferIPv4Stack=true ${JAVA_OPTIONS}`,
      },
    },
  )
  return up(server, `http://127.0.0.1:${port}/auth`, base)
}

async function up(
  /** @type {ReturnType<typeof spawnBound>} */ server,
  /** @type {string} */ url,
  /** @type {string} */ directory,
) {
  const stop = async () => {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await server.answers(`${url}/realms/master/.well-known/openid-configuration`)
  } catch (error) {
    await stop()
    throw error
  }
  return { value: { url, admin: ADMIN }, stop }
}
