import { execFileSync } from 'node:child_process'
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { type RunningApp, startApp } from '../../support/app.js'
import { describeWith, lacking } from '../../support/tools.js'
import { Visitor } from '../../support/visitor.js'
import { type Api, startApi } from './api.js'
import { startEngine } from './engine.js'
import { type RecipePage, recipePage } from './recipe-page.js'
import { inScratchRoot, lackingScratchRoot } from './scratch-root.js'

jest.setTimeout(120_000)

const ACCESS_TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/m
const LOADER = fileURLToPath(new URL('../../shared-site/page/compose-loader', import.meta.url))

let app: RunningApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

async function recipeOf(user: string, ...files: string[]): Promise<RecipePage> {
  const visitor = new Visitor(app)
  await visitor.signIn(user, 'demo')
  await visitor.post('/auth/prove')
  return recipePage(visitor, 'containers', files)
}

describeWith(lackingScratchRoot('docker', 'curl'), 'the recipe for Docker, read by its client', () => {
  let api: Api
  let engine: Awaited<ReturnType<typeof startEngine>>
  beforeAll(async () => {
    ;[api, engine] = await Promise.all([startApi(), startEngine()])
  })
  afterAll(async () => {
    await api.close()
    await engine.close()
  })

  const run = (page: RecipePage, ...script: string[]) =>
    inScratchRoot(page.folder, api.in(script.join('\n')), { env: { DOCKER_HOST: engine.host } })

  it('gives a token that stays the same to the container as its environment', async () => {
    const page = await recipeOf('demo', 'env-file', 'curl')
    const { code, stdout, stderr } = await run(page, page.step(1), page.step(2), page.step(3))
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(ACCESS_TOKEN)
    expect(stdout).toContain('{"value":21.5}')
    expect(engine.created.at(-1)?.Env).toContain('OAUTH2_REFRESH_TOKEN_USAGE=keep')
    expect(engine.created.at(-1)?.Image).toBe('curlimages/curl')
  })

  it('keeps the newest token on a volume where each refresh brings another', async () => {
    const page = await recipeOf('rotating', 'sh', 'curl')
    const before = engine.created.length
    const stored = `sed -n 's/^export OAUTH2_REFRESH_TOKEN=/stored /p' /var/lib/volumes/oauth2-device/device.sh`
    const { code, stdout, stderr } = await run(
      page,
      ...[page.step(1), stored, page.step(2), stored, page.step(3)],
      `stat -c 'mode %a %u %n' /var/lib/volumes/oauth2-device/device.sh`,
      page.step(4),
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(ACCESS_TOKEN)
    expect(stdout).toContain('{"value":21.5}')
    expect(stdout).toContain('mode 600 1000 /var/lib/volumes/oauth2-device/device.sh')
    expect(new Set([...stdout.matchAll(/^stored (.+)$/gm)].map(([, token]) => token)).size).toBe(2)
    expect(engine.created.slice(before).flatMap(({ Env }) => Env ?? [])).toEqual([])
    expect(engine.volumes).toEqual([])
  })
})

interface Loaded {
  services: Record<'device', { environment?: Record<string, string>; user?: string; volumes?: object[] }>
  volumes: Record<string, object>
}

describeWith(lacking('go'), 'the recipe for Compose, read by compose-go', () => {
  async function load(compose: string, page: RecipePage): Promise<Loaded> {
    const folder = await mkdtemp(join(tmpdir(), 'compose-'))
    execFileSync('go', ['-C', LOADER, 'build', '-o', join(folder, 'load'), '.'])
    await writeFile(join(page.folder, 'compose.yaml'), compose)
    return JSON.parse(execFileSync(join(folder, 'load'), [page.folder], { encoding: 'utf8' }))
  }

  it('hands the environment on', async () => {
    const page = await recipeOf('demo', 'env-file')
    const { services } = await load(page.code['way-2-1-code-1'] as string, page)
    expect(services.device.environment).toMatchObject({
      OAUTH2_CLIENT_ID: 'sensor',
      OAUTH2_REFRESH_TOKEN: expect.stringMatching(ACCESS_TOKEN),
      OAUTH2_REFRESH_TOKEN_USAGE: 'keep',
    })
  })

  it('mounts the volume', async () => {
    const page = await recipeOf('rotating', 'sh')
    const { services, volumes } = await load(page.code['way-2-1-code-1'] as string, page)
    expect(services.device).toMatchObject({ user: '1000:1000', volumes: [{ source: 'token', target: '/oauth2' }] })
    expect(services.device.environment).toBeUndefined()
    expect(volumes.token).toMatchObject({ name: 'oauth2-device', external: true })
  })
})

describeWith(lacking('kubectl'), 'the recipe for Kubernetes, read by kubectl', () => {
  const kubectl = (folder: string, ...args: string[]) =>
    execFileSync('kubectl', args, { cwd: folder, encoding: 'utf8' })

  it('has a Deployment whose environment is the Secret', async () => {
    const page = await recipeOf('demo', 'kubernetes')
    await writeFile(join(page.folder, 'deployment.yaml'), page.code['way-2-2-code-2'] as string)
    await writeFile(join(page.folder, 'kustomization.yaml'), 'resources: [secret.yaml, deployment.yaml]')
    const seen = kubectl(page.folder, 'kustomize', '.')
    expect(seen).toMatch(/OAUTH2_REFRESH_TOKEN: ey/)
    expect(seen).toMatch(/envFrom:\n +- secretRef:\n +name: oauth2-device/)
    expect(page.code['way-2-2-code-1']).toContain('kubectl apply -f secret.yaml')
  })

  it('fills a volume once from a Secret, whose parts belong together', async () => {
    const page = await recipeOf('rotating', 'sh', 'curl')
    const [create = ''] = (page.code['way-2-2-code-1'] ?? '').split('\n')
    const secret = kubectl(page.folder, ...create.split(' ').slice(1), '--dry-run=client', '--output=yaml')
    await writeFile(join(page.folder, 'secret.yaml'), secret)
    await writeFile(join(page.folder, 'device.yaml'), page.code['way-2-2-code-2'] as string)
    await writeFile(join(page.folder, 'kustomization.yaml'), 'resources: [secret.yaml, device.yaml]\nnamePrefix: test-')
    const seen = kubectl(page.folder, 'kustomize', '.')
    // kustomize renames what belongs together.
    expect(seen).toMatch(/secretName: test-oauth2-device/)
    expect(seen).toMatch(/claimName: test-oauth2-device/)
    expect(seen).toMatch(/type: Recreate/)
  })

  it('has an init container that puts the first token there, and never an old one over a newer', async () => {
    const page = await recipeOf('rotating', 'sh', 'curl')
    const [, script = ''] = /command: \[sh, -c, "([^"]+)"\]/.exec(page.code['way-2-2-code-2'] ?? '') ?? []
    const root = await mkdtemp(join(tmpdir(), 'pod-'))
    execFileSync('mkdir', [join(root, 'first'), join(root, 'oauth2')])
    for (const file of ['device.sh', 'refresh.sh']) await copyFile(join(page.folder, file), join(root, 'first', file))
    const init = () => execFileSync('sh', ['-c', script.replace(/ \/(first|oauth2)\//g, ` ${root}/$1/`)])
    init()
    await writeFile(join(root, 'oauth2/device.sh'), 'newer')
    init()
    const ls = execFileSync('stat', ['-c', '%a %s %n', join(root, 'oauth2/device.sh')], { encoding: 'utf8' })
    expect(ls).toBe(`600 5 ${join(root, 'oauth2/device.sh')}\n`)
  })
})
