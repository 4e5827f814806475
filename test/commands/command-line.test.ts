import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { commandName } from '../../server/commands/command-name.js'
import { MAIN, runCommand } from '../support/command.js'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

describe('offline-token-mint', () => {
  it.each([
    [['mnt'], 'Unknown command: mnt.'],
    [['--prot', '4000'], "Unknown option '--prot'"],
    [['-x'], "Unknown option '-x'"],
    [['check', '--device'], 'check has no option --device.'],
    [['mint', '--open'], 'mint has no option --open.'],
    [['mint', 'file'], 'mint takes no argument.'],
    [['test', 'one', 'two'], 'test takes one FILE|-.'],
    [['mint', '--format', 'xml'], 'Unknown format: xml. Use one of: token, dotenv'],
    [['mint', '--format'], 'argument missing'],
    [['mint', '--output='], '--output needs a value.'],
    [['--open=yes'], 'does not take an argument'],
  ])('prints the usage on standard error and exits 64 for %j', async (args, says) => {
    const { code, out, err } = await runCommand(args)
    expect({ code, out, err }).toEqual({ code: 64, out: '', err: expect.stringContaining(says) })
    expect(err).toContain(`Usage: node ${MAIN}`)
  })

  it.each([[['--version']], [['mint', '--version']]])('prints the version for %j', async (args) => {
    expect(await runCommand(args)).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  it.each([
    [['--help'], '[COMMAND] [OPTIONS]'],
    [['init', '--help'], 'init [OPTIONS]'],
    [['check', '--help'], 'check [OPTIONS]'],
    [['mint', '--help'], 'mint [OPTIONS]'],
    [['test', '--help'], 'test [OPTIONS] [FILE|-]'],
  ])('explains itself for %j, with exit codes', async (args, says) => {
    const { code, out, err } = await runCommand(args)
    expect({ code, out, err }).toEqual({
      code: 0,
      out: expect.stringContaining(`Usage: node ${MAIN} ${says}`),
      err: '',
    })
    if (args.length > 1) expect(out).toContain('Exit codes:')
  })

  it.each([
    ['/usr/bin/offline-token-mint', 'offline-token-mint'],
    ['/home/me/app/node_modules/offline-token-mint/dist/main.js', 'offline-token-mint'],
    ['/home/me/app/dist/main.js', 'node dist/main.js'],
    ['/srv/mint/dist/main.js', 'node /srv/mint/dist/main.js'],
    ['/srv/my mint/dist/main.js', 'node "/srv/my mint/dist/main.js"'],
  ])('started as %s, names itself %s', (script, name) => {
    expect(commandName({ argv: ['node', script], cwd: () => '/home/me/app' })).toBe(name)
  })

  it('names a file for --env that is not there', async () => {
    const { code, err } = await runCommand(['check', '--env', 'nowhere.env'])
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("nowhere.env isn't there") })
  })
})
