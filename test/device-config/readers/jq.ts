import { lacking } from '../../support/tools.js'
import { jsonLines, type Reader, run, versionOf } from './reader.js'

export const jq: Reader = {
  name: 'jq',
  formats: ['json'],
  missing: () => lacking('jq'),
  version: () => versionOf('jq', '--version'),
  read: async (files) => jsonLines(await run('jq', ['--compact-output', '.', ...files])),
}
