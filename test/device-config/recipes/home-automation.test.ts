import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { parse } from 'yaml'
import { type RunningApp, startApp } from '../../support/app.js'
import { describeWith } from '../../support/tools.js'
import { Visitor } from '../../support/visitor.js'
import { run as runProgram, VENV } from '../readers/reader.js'
import { type Api, startApi } from './api.js'
import { type RecipePage, recipePage } from './recipe-page.js'
import { inScratchRoot, lackingScratchRoot } from './scratch-root.js'

jest.setTimeout(120_000)

const ESPHOME = join(VENV, 'esphome')

let app: RunningApp
let api: Api
let page: RecipePage
beforeAll(async () => {
  ;[app, api] = await Promise.all([startApp(), startApi()])
  const visitor = new Visitor(app)
  await visitor.signIn('rotating', 'demo')
  await visitor.post('/auth/prove')
  page = await recipePage(visitor, 'home-automation', ['sh', 'curl'])
})
afterAll(async () => {
  await app.close()
  await api.close()
})

describeWith(lackingScratchRoot('curl'), 'the recipe for home automation', () => {
  it("has a command whose output is the API's answer, and never the token", async () => {
    const [sensor] = parse(page.code['step-3-code-1'] ?? '').command_line.map(
      ({ sensor }: { sensor: object }) => sensor,
    )
    expect(sensor).toMatchObject({ value_template: '{{ value_json.value }}', command: 'sh /config/oauth2/call.sh' })
    const script = [
      'mkdir /config && mv device.sh refresh.sh /config',
      page.step(1),
      page.step(2),
      'echo sensor',
      sensor.command,
      "stat -c 'mode %a' /config/oauth2 /config/oauth2/device.sh",
      page.step(4),
      'ls /config',
    ]
    const { code, stdout, stderr } = await inScratchRoot(page.folder, api.in(script.join('\n')))
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/sensor\n\{"value":21\.5\}\nmode 700\nmode 600\n$/)
    expect(api.tokens.at(-1)).toMatch(/^eyJ/)
  })

  it('has a flow for Node-RED that runs the same command and shows what it prints', () => {
    const [call, run, show] = JSON.parse(page.code['way-3-1-code-1'] ?? '')
    expect([call.type, run.type, show.type]).toEqual(['inject', 'exec', 'debug'])
    expect([call.wires, run.wires]).toEqual([[[run.id]], [[show.id], [show.id], []]])
    expect(run.command).toBe('sh /data/oauth2/call.sh')
  })

  it('has a script for Home Assistant that hands the board a token, which is no state', () => {
    const { shell_command, script } = parse(page.code['way-3-2-code-1'] ?? '')
    expect(shell_command.access_token).toBe('sh /config/oauth2/refresh.sh --cached')
    expect(
      script.call_api.sequence.map(({ action, condition }: Record<string, string>) => action ?? condition),
    ).toEqual(['shell_command.access_token', 'template', 'esphome.sensor_node_call_api'])
  })
})

describeWith(existsSync(ESPHOME) ? null : 'esphome', 'the lines for ESPHome, read by its own parser', () => {
  it('make an action that takes the token', async () => {
    const main = join(await mkdtemp(join(tmpdir(), 'esphome-')), 'sensor-node.yaml')
    await writeFile(main, `esphome:\n  name: sensor-node\nhost:\n${page.code['way-3-2-code-2']}\n`)
    const read = await runProgram(ESPHOME, ['config', main])
    const { api } = parse(read, { schema: 'failsafe', logLevel: 'silent' })
    expect(api.actions[0]).toMatchObject({ action: 'call_api', variables: { token: 'string' } })
    expect(read).toContain('Authorization: !lambda')
  })
})
