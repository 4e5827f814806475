import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { lacking } from '../../support/tools.js'
import { type Reader, run, type Seen, versionOf } from './reader.js'

const shared = {
  missing: () => lacking('kubectl'),
  version: () => versionOf('kubectl', 'version', '--client'),
}

const CREATE = ['create', 'secret', 'generic', 'oauth2-device', '--dry-run=client', '--output=json']

export const kubectlEnvFile: Reader = {
  name: 'kubectl create secret --from-env-file',
  formats: ['env-file'],
  slow: true,
  ...shared,
  async read(files) {
    const seen: Seen[] = []
    for (const file of files) {
      const { data } = JSON.parse(await run('kubectl', [...CREATE, `--from-env-file=${file}`]))
      const decoded = Object.entries<string>(data).map(([name, value]) => [
        name,
        Buffer.from(value, 'base64').toString(),
      ])
      seen.push(Object.fromEntries(decoded))
    }
    return seen
  },
}

/** All secrets in one run, which wants their names to differ: a folder each with a prefix of its own. */
export const kustomize: Reader = {
  name: 'kubectl kustomize',
  formats: ['kubernetes'],
  ...shared,
  async read(files) {
    const prefix = (i: number) => `n${String(i).padStart(6, '0')}-`
    for (const [i, file] of files.entries()) {
      const kustomization = { namePrefix: prefix(i), resources: [basename(file)] }
      await writeFile(join(dirname(file), 'kustomization.yaml'), JSON.stringify(kustomization))
    }
    const root = dirname(dirname(files[0] ?? ''))
    const resources = files.map((file) => basename(dirname(file)))
    await writeFile(join(root, 'kustomization.yaml'), JSON.stringify({ resources }))
    const secrets = parseAllDocuments(await run('kubectl', ['kustomize', root])).map((document) => document.toJS())
    const byName = new Map(secrets.map(({ metadata, stringData }) => [metadata.name, stringData]))
    return files.map((_, i) => byName.get(`${prefix(i)}oauth2-device`))
  },
}
