import { readFile } from 'node:fs/promises'
import { parse } from 'dotenv'
import { packageVersion, type Reader, run, type Seen } from './reader.js'

export const dotenv: Reader = {
  name: 'npm dotenv',
  formats: ['dotenv'],
  missing: () => null,
  version: () => packageVersion('dotenv'),
  read: (files) => Promise.all(files.map(async (file): Promise<Seen> => parse(await readFile(file)))),
}

const PRINT = 'console.log(JSON.stringify(process.env))'

export const nodeEnvFile: Reader = {
  name: 'node --env-file',
  formats: ['dotenv'],
  slow: true,
  missing: () => null,
  version: async () => process.versions.node,
  async read(files) {
    const seen: Seen[] = []
    for (const file of files)
      seen.push(JSON.parse(await run(process.execPath, [`--env-file=${file}`, '-e', PRINT], {})))
    return seen
  },
}
