import { fileURLToPath } from 'node:url'
import { jsonLines, packageVersion, type Reader, run } from './reader.js'

const PROGRAM = fileURLToPath(new URL('micropython.mjs', import.meta.url))

function micropython(format: string, how: string): Reader {
  return {
    name: `MicroPython ${how}`,
    formats: [format],
    missing: () => null,
    version: () => packageVersion('@micropython/micropython-webassembly-pyscript'),
    read: async (files, names) => jsonLines(await run(process.execPath, [PROGRAM, format, names.join(), ...files])),
  }
}

export const micropythonImport = micropython('micropython', 'import')
export const micropythonJson = micropython('json', 'json')
