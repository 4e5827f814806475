import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { lacking } from '../../support/tools.js'
import { jsonLines, type Reader, run, VENV, versionOf } from './reader.js'

const script = (module: string, load: string) =>
  `import json, sys, ${module}\nfor path in sys.argv[1:]:\n with open(path, "rb") as file: print(json.dumps(${load}))`

const PYTHON = 'import sys; print(sys.version)'

function python(name: string, format: string, load: string, command = 'python3', version = PYTHON): Reader {
  const module = load.split('.')[0] ?? ''
  return {
    name,
    formats: [format],
    missing: () => withoutModule(module, command),
    version: () => versionOf(command, '-c', version),
    read: async (files) => jsonLines(await run(command, ['-c', script(module, load), ...files])),
  }
}

/** The module, where this Python has none of that name. */
export function withoutModule(module: string, command = 'python3'): string | null {
  const missing = lacking(command)
  if (missing) return missing
  try {
    execFileSync(command, ['-c', `import ${module}`], { stdio: 'ignore' })
    return null
  } catch {
    return `Python's ${module}`
  }
}

export const pythonJson = python('Python json', 'json', 'json.load(file)')
export const tomllib = python('Python tomllib', 'circuitpython', 'tomllib.load(file)')
const YAML = 'import yaml; print(yaml.__version__)'
export const pyYaml = python('PyYAML', 'yaml', 'yaml.safe_load(file)', join(VENV, 'python'), YAML)
