import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { blocks } from './blocks.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const HERE = fileURLToPath(new URL('.', import.meta.url))

// biome-ignore lint/suspicious/noExplicitAny: YAML and JSON of any shape
export type Yaml = any

/** What a reader fills in where the page says so. */
export interface FilledIn {
  siteHost: string
  issuer: string
  clientId: string
  clientSecret: string
}

/** What a reader of docs/shared-site.md has in the end. */
export interface Followed {
  /** The copy of the repository in which the commands ran. */
  folder: string
  /** The commands that ran, one block each. */
  ran: string[]
  /** `docker build` and `docker push`, as they were called. */
  docker: string[]
  /** deploy/compose as Compose understands it, with `.env`. */
  project: Yaml
  /** The Secret that kubectl would create. */
  secret: Yaml
  /** What `kubectl apply -k` would send. */
  manifests: Yaml[]
}

export const NEEDS = ['docker', 'kubectl', 'go', 'openssl', 'bash']

/**
 * Runs every command of the page, each section's in the repository's folder, in a copy. What needs an engine, a cluster or a
 * registry is read by the client's own parser (bin/). @throws when a command fails.
 */
export function followPage(filledIn: FilledIn): Followed {
  const folder = mkdtempSync(join(tmpdir(), 'followed-'))
  const out = mkdtempSync(join(tmpdir(), 'followed-out-'))
  for (const part of ['deploy', 'Dockerfile']) {
    cpSync(join(ROOT, part), join(folder, part), {
      recursive: true,
      filter: (path) => !/\/(\.env|secrets)$/.test(path),
    })
  }
  const env = {
    ...process.env,
    PATH: `${join(HERE, 'bin')}${delimiter}${process.env.PATH}`,
    REAL_DOCKER: which('docker'),
    REAL_KUBECTL: which('kubectl'),
    LOADER: composeLoader(out),
    OUT: out,
  }

  const ran: string[] = []
  let place = { section: '', folder }
  for (const { language, section, text } of blocks()) {
    if (language !== 'sh') continue
    if (section !== place.section) place = { section, folder }
    if (text.includes('docker compose up')) fillIn(join(folder, 'deploy/compose/.env'), composeSettings(filledIn))
    if (text.includes('kubectl apply -k')) {
      fillIn(join(folder, 'deploy/kubernetes/settings.env'), kubernetesSettings(filledIn))
    }
    const command = text.replaceAll("'the client secret'", quoted(filledIn.clientSecret))
    const script = `set -euo pipefail\n${command}\npwd >"$OUT/folder"`
    execFileSync('bash', ['-c', script], { cwd: place.folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
    place.folder = readFileSync(join(out, 'folder'), 'utf8').trim()
    ran.push(text)
  }

  const read = (name: string) => readFileSync(join(out, name), 'utf8')
  return {
    folder,
    ran,
    docker: read('docker').trim().split('\n'),
    project: JSON.parse(read('project.json')),
    secret: JSON.parse(read('secret.json')),
    manifests: parseAllDocuments(read('manifests.yaml')).map((one) => one.toJS()),
  }
}

function composeSettings({ siteHost, issuer, clientId }: FilledIn): Record<string, string> {
  return { SITE_HOST: siteHost, OAUTH2_ISSUER: issuer, OAUTH2_CLIENT_ID: clientId }
}

function kubernetesSettings({ siteHost, issuer, clientId }: FilledIn): Record<string, string> {
  const provider = { OAUTH2_ISSUER: issuer, OAUTH2_CLIENT_ID: clientId }
  return { BASE_URL: `https://${siteHost}`, ...provider, TRUST_PROXY: '10.244.0.0/16' }
}

/** Replaces values of settings that the file has; one that it lacks is a mistake. */
function fillIn(file: string, settings: Record<string, string>): void {
  let text = readFileSync(file, 'utf8')
  for (const [name, value] of Object.entries(settings)) {
    const line = new RegExp(`^${name}=.*$`, 'm')
    if (!line.test(text)) throw new Error(`${file} has no ${name} to fill in`)
    text = text.replace(line, () => `${name}=${value}`)
  }
  writeFileSync(file, text)
}

/** Builds Compose's own loader. */
function composeLoader(folder: string): string {
  const program = join(folder, 'compose-loader')
  execFileSync('go', ['-C', join(HERE, 'compose-loader'), 'build', '-o', program, '.'], { stdio: 'inherit' })
  return program
}

const which = (command: string) => execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim()
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
