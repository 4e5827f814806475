import type { Code } from './recipe.js'

/** At most 20 lines each, for a token that stays the same. They read the file beside them, so that no secret is in the code. */
export const snippets = (method: string): readonly Code[] => [
  { what: 'Python code', text: python(method) },
  { what: 'JavaScript code', text: javascript(method) },
  { what: 'shell script', text: shell(method) },
]

const isBasic = (method: string) => method === 'client_secret_basic' || method === 'client_secret_basic_raw'
const encodes = (method: string) => method === 'client_secret_basic'

const python = (method: string) => `import base64, json, urllib.parse, urllib.request

config = json.load(open("config.json", encoding="utf-8"))
fields = {"grant_type": "refresh_token", "refresh_token": config["refresh_token"]}
headers = {"Accept": "application/json"}
${pythonClient(method)}
body = urllib.parse.urlencode(fields).encode()
request = urllib.request.Request(config["token_endpoint"], body, headers)
with urllib.request.urlopen(request, timeout=60) as answer:
    print(json.load(answer)["access_token"])`

function pythonClient(method: string): string {
  if (!isBasic(method)) return `fields.update({name: config[name] for name in ${bodyNames(method, 'python')}})`
  const part = (name: string) => (encodes(method) ? `urllib.parse.quote_plus(config["${name}"])` : `config["${name}"]`)
  return `client = ${part('client_id')} + ":" + ${part('client_secret')}
headers["Authorization"] = "Basic " + base64.b64encode(client.encode()).decode()`
}

const bodyNames = (method: string, language: 'python' | 'javascript'): string => {
  const names = method === 'none' ? ['client_id'] : ['client_id', 'client_secret']
  const list = names.map((name) => (language === 'python' ? `"${name}"` : `'${name}'`)).join(', ')
  return `[${list}]`
}

const javascript = (method: string) => `import { readFile } from 'node:fs/promises'

const config = JSON.parse(await readFile('config.json', 'utf8'))
const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: config.refresh_token })
const headers = { accept: 'application/json' }
${javascriptClient(method)}
const answer = await fetch(config.token_endpoint, { method: 'POST', body, headers, signal: AbortSignal.timeout(60_000) })
const { access_token, error } = await answer.json()
if (!access_token) throw new Error(\`\${answer.status} \${error}\`)
console.log(access_token)`

function javascriptClient(method: string): string {
  if (!isBasic(method)) return `for (const name of ${bodyNames(method, 'javascript')}) body.set(name, config[name])`
  const form = "const form = (text) => new URLSearchParams([['', text]]).toString().slice(1)\n"
  const part = (name: string) => (encodes(method) ? `\${form(config.${name})}` : `\${config.${name}}`)
  return `${encodes(method) ? form : ''}const client = \`${part('client_id')}:${part('client_secret')}\`
headers.authorization = \`Basic \${Buffer.from(client).toString('base64')}\``
}

/** curl reads its options from standard input: every user of the machine can read arguments. Prints the answer's JSON through jq. */
const shell = (method: string) => `#!/bin/sh
. ./device.sh
quote() { printf '%s' "$1" | sed 's/[\\\\"]/\\\\&/g'; }
field() { printf 'data-urlencode = "%s=%s"\\n' "$1" "$(quote "$2")"; }
{
  field grant_type refresh_token
  field refresh_token "$OAUTH2_REFRESH_TOKEN"
${shellClient(method)}
} | curl --silent --show-error --fail-with-body --max-time 60 --header 'Accept: application/json' --config - "$OAUTH2_TOKEN_ENDPOINT" |
  jq --exit-status --raw-output .access_token`

function shellClient(method: string): string {
  if (method === 'none') return '  field client_id "$OAUTH2_CLIENT_ID"'
  if (!isBasic(method)) {
    return '  field client_id "$OAUTH2_CLIENT_ID"\n  field client_secret "$OAUTH2_CLIENT_SECRET"'
  }
  const part = (name: string) => (encodes(method) ? `$(printf '%s' "$${name}" | jq -sRr @uri)` : `$(quote "$${name}")`)
  return `  printf 'user = "%s:%s"\\n' "${part('OAUTH2_CLIENT_ID')}" "${part('OAUTH2_CLIENT_SECRET')}"`
}
