import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { packageVersion, type Reader, type Seen } from './reader.js'

export const npmYaml: Reader = {
  name: 'npm yaml',
  formats: ['yaml'],
  missing: () => null,
  version: () => packageVersion('yaml'),
  read: (files) => Promise.all(files.map(async (file): Promise<Seen> => parse(await readFile(file, 'utf8')))),
}
