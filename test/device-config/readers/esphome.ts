import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { lacking } from '../../support/tools.js'
import { inOrder, type Reader, run, VENV, versionOf } from './reader.js'

const ESPHOME = join(VENV, 'esphome')

/** There to be put in for a `$` that gets through. */
const SUBSTITUTIONS = Object.fromEntries([...'abcnrtxAHB_', 'HOME', 'id'].map((name) => [name, 'substituted']))

/** One configuration with a global variable a secret. `!secret` looks beside the file that it stands in, so each has a folder. */
export const esphome: Reader = {
  name: 'esphome config',
  formats: ['esphome'],
  missing: () => lacking(ESPHOME),
  version: () => versionOf(ESPHOME, 'version'),
  async read(files, names) {
    const globals: string[] = []
    for (const [i, file] of files.entries()) {
      for (const name of names) {
        const variable = join(dirname(file), `${name}.yaml`)
        await writeFile(variable, `id: v${i}_${name}\ntype: std::string\ninitial_value: !secret ${name}\n`)
        globals.push(`  - !include ${variable}\n`)
      }
    }
    const main = join(dirname(dirname(files[0] ?? '')), 'main.yaml')
    const head = `substitutions: ${JSON.stringify(SUBSTITUTIONS)}\nesphome:\n  name: reader\nhost:\nglobals:\n`
    await writeFile(main, head + globals.join(''))
    const config = parse(await run(ESPHOME, ['config', main, '--show-secrets']), { schema: 'failsafe' })
    return inOrder(
      config.globals.map((variable: { initial_value: string }) => variable.initial_value),
      names,
    )
  },
}
