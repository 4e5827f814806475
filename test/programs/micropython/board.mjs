/**
 * A MicroPython board: the program and its config are copied to its file system, `requests` is one that really sends, and what
 * the program wrote is copied back. The settings come by the environment, as for the other programs.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadMicroPython } from '@micropython/micropython-webassembly-pyscript/micropython.mjs'

const REQUESTS = `
import host, json

class Response:
    def __init__(self, status_code, headers, content):
        self.status_code, self.headers, self.content = status_code, headers, content
    def close(self):
        pass

def post(url, data=None, headers={}, timeout=None, parse_headers=True):
    answer = json.loads(host.post(json.dumps([url, data, headers, timeout])))
    if "failed" in answer:
        raise OSError(answer["failed"])
    got = {}
    for name, value in answer["headers"]:
        parse_headers(("%s: %s\\r\\n" % (name, value)).encode(), got)
    return Response(answer["status"], got, answer["body"].encode())
`
const sender = fileURLToPath(new URL('send.mjs', import.meta.url))
const post = (request) => spawnSync(process.execPath, [sender], { input: request, encoding: 'utf8' }).stdout

const board = await loadMicroPython({
  stdout: (line) => process.stdout.write(`${line}\n`),
  stderr: (line) => process.stderr.write(`${line}\n`),
})
board.registerJsModule('host', { post })
board.FS.mkdir('/flash')
board.FS.chdir('/flash')
board.FS.writeFile('requests.py', REQUESTS)
for (const name of readdirSync('.')) board.FS.writeFile(name, readFileSync(name))

const { REFRESH_TIMEOUT = '20', REFRESH_TRIES = '5' } = process.env
board.runPython(`
import sys
sys.path.append("/flash")
import refresh
refresh.TIMEOUT, refresh.TRIES = ${Number(REFRESH_TIMEOUT)}, ${Number(REFRESH_TRIES)}
code = 0
try:
    refresh.main()
except SystemExit as end:
    code = end.args[0]
`)
const left = board.FS.readdir('/flash').filter((name) => !['.', '..', 'requests.py'].includes(name))
for (const name of readdirSync('.')) if (!left.includes(name)) rmSync(name)
for (const name of left) writeFileSync(name, board.FS.readFile(name))
process.exitCode = board.globals.get('code')
