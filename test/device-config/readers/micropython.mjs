// Reads config files as a board does and prints what it saw, one JSON object a file.
import { readFileSync } from 'node:fs'
import { loadMicroPython } from '@micropython/micropython-webassembly-pyscript/micropython.mjs'

const [format, names, ...files] = process.argv.slice(2)
const mp = await loadMicroPython({ heapsize: 4 * 1024 * 1024 })

const LOAD = {
  micropython: `
import sys
sys.modules.pop("oauth2_config", None)
import oauth2_config
value = lambda name: getattr(oauth2_config, name)
`,
  json: `
import json
with open("config.json") as file: config = json.load(file)
value = lambda name: config[name]
`,
}

for (const file of files) {
  mp.FS.writeFile(format === 'json' ? 'config.json' : 'oauth2_config.py', readFileSync(file))
  mp.runPython(LOAD[format])
  const value = mp.globals.get('value')
  console.log(JSON.stringify(Object.fromEntries(names.split(',').map((name) => [name, value(name)]))))
}
