import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { type RunningApp, startApp } from '../../support/app.js'
import { describeWith } from '../../support/tools.js'
import { Visitor } from '../../support/visitor.js'
import { type Api, startApi } from './api.js'
import { type RecipePage, recipePage } from './recipe-page.js'
import { inScratchRoot, lackingScratchRoot, lackingSystemd } from './scratch-root.js'

jest.setTimeout(120_000)

const NAME = 'oauth2-device'
const HOME = `/var/lib/${NAME}`
/** The token's line in the file that is installed. */
const STORED = `sed -n 's/^export OAUTH2_REFRESH_TOKEN=/stored /p' ${HOME}/device.sh`

describeWith(lackingScratchRoot('curl') ?? lackingSystemd(), 'the recipe for Linux, in a scratch root', () => {
  let app: RunningApp
  let api: Api
  beforeAll(async () => {
    ;[app, api] = await Promise.all([startApp(), startApi()])
  })
  afterAll(async () => {
    await app.close()
    await api.close()
  })

  async function recipeOf(user: string): Promise<RecipePage> {
    const visitor = new Visitor(app)
    await visitor.signIn(user, 'demo')
    await visitor.post('/auth/prove')
    return recipePage(visitor, 'linux', ['sh', 'curl', 'json', 'python', 'node'])
  }
  const run = (page: RecipePage, ...script: string[]) =>
    inScratchRoot(page.folder, api.in(script.join('\n')), { manager: true })

  it.each(['demo', 'rotating'])('leads %s from the file to a service that keeps the token alive', async (user) => {
    const page = await recipeOf(user)
    const { code, stdout, stderr } = await run(
      page,
      ...[page.step(1), page.step(2), STORED, `stat -c 'mode %a %U %n' ${HOME} ${HOME}/* | grep -v lock`],
      ...[page.step(3), page.step(4), STORED],
      `systemd-analyze verify --man=no /etc/systemd/system/${NAME}.service /etc/systemd/system/${NAME}.timer`,
      `systemctl is-enabled ${NAME}.timer`,
      `systemctl show --property Result,ExecMainStatus,User,StandardOutput ${NAME}.service`,
      ...[page.step(5), `ls -d ${HOME} /etc/systemd/system/${NAME}.* /etc/cron.d/${NAME} 2>/dev/null || echo gone`],
      `id ${NAME} 2>/dev/null || echo no user`,
    )
    expect([code, stderr.replace(/^(Created|Removed) .*\n|^Warning: Stopping.*\n.*\n/gm, '')]).toEqual([0, ''])
    expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/m)
    expect(stdout).toContain(
      `mode 700 ${NAME} ${HOME}\nmode 600 ${NAME} ${HOME}/device.sh\nmode 755 root ${HOME}/refresh.sh`,
    )
    expect(stdout).toContain('{"value":21.5}')
    expect(api.tokens.at(-1)).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(api.inArguments).toEqual([])
    for (const shown of ['Result=success', 'ExecMainStatus=0', `User=${NAME}`, 'StandardOutput=null'])
      expect(stdout.split('\n')).toContain(shown)
    expect(stdout).toMatch(/^enabled$/m)
    expect(stdout).toMatch(/oauth2-device\.timer +oauth2-device\.service/)
    expect(stdout).toMatch(/gone\nno user\n$/)
    const stored = [...stdout.matchAll(/^stored (.+)$/gm)].map(([, token]) => token)
    expect(new Set(stored).size).toBe(user === 'demo' ? 1 : 2)
  })

  it('refreshes by cron, at the time that it names, as the same user', async () => {
    const page = await recipeOf('rotating')
    const line = /^(\d+) (\d+) \* \* \* (\S+) (.+)$/m
    const { code, stdout, stderr } = await run(
      page,
      ...[page.step(1), page.step(2), STORED, page.code['way-4-1-code-1'] ?? ''],
      `runuser -u ${NAME} -- sh -c "$(sed 's/^[^o]*${NAME} //' /etc/cron.d/${NAME})"`,
      STORED,
    )
    expect([code, stderr]).toEqual([0, ''])
    const [, minute, hour, user] = line.exec(stdout) ?? []
    expect([Number(minute) < 60, Number(hour) < 24, user]).toEqual([true, true, NAME])
    const stored = [...stdout.matchAll(/^stored (.+)$/gm)].map(([, token]) => token)
    expect(new Set(stored).size).toBe(2)
  })

  it.each([
    ['Python', 'python3', 'refresh.py'],
    ['Node', 'node', 'refresh.mjs'],
  ])('works with %s instead', async (_language, command, program) => {
    const page = await recipeOf('rotating')
    const instead = (text: string) =>
      text.replaceAll('python3', process.env[`TEST_${command}`] ?? command).replaceAll('refresh.py', program)
    const script = instead(page.code['way-2-1-code-1'] ?? '')
    expect(script).toContain(program)
    const { code, stdout } = await run(page, page.step(1), script)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/m)
  })
})
