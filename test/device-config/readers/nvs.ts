import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withoutModule } from './python.js'
import { jsonLines, type Reader, run, VENV, versionOf } from './reader.js'

const PYTHON = join(VENV, 'python')
const PROGRAM = fileURLToPath(new URL('nvs.py', import.meta.url))
const VERSION = 'import importlib.metadata; print(importlib.metadata.version("esp-idf-nvs-partition-gen"))'

/** A partition a file, taken apart again as an ESP32 does. */
export const nvs: Reader = {
  name: 'esp-idf-nvs-partition-gen',
  formats: ['nvs'],
  missing: () => withoutModule('esp_idf_nvs_partition_gen', PYTHON),
  version: () => versionOf(PYTHON, '-c', VERSION),
  read: async (files) => jsonLines(await run(PYTHON, [PROGRAM, ...files])),
}
