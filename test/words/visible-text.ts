import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from '@swc/core'
import { COMMANDS, type CommandName } from '../../server/commands/command-line.js'
import { usage } from '../../server/commands/usage.js'
import { everyPage } from '../pages/every-page.js'
import { site } from '../pages/fixtures.js'

/** A text, and where it is written. */
export type Text = [place: string, text: string]

/** Collects everything that a user of the product can read. */
export async function visibleTexts(): Promise<Text[]> {
  return [
    ...(await pages()),
    ...files('server', '.ts').flatMap(literals),
    ...files('public', '.js').flatMap(literals),
    ...files('views', '.ejs').map(withoutNotes),
    ...files('server/device-config/programs').map(whole),
    ...['README.md', '.env.example', 'docs/troubleshooting.md'].map(whole),
    ...[null, ...(Object.keys(COMMANDS) as CommandName[])].map(
      (name): Text => [`help of ${name}`, usage('offline-token-mint', name)],
    ),
  ]
}

/** Collects the comments of the code that is shipped, and the documents. */
export function commentsAndDocs(): Text[] {
  return [
    ...['server', 'public', 'scripts'].flatMap((folder) => files(folder)).map(comments),
    ...files('docs', '.md').map(whole),
    ...readdirSync('.').flatMap((name) => (name.endsWith('.md') ? [whole(name)] : [])),
  ]
}

/** Draws every page in every state, on a shared site and on the user's own machine. */
async function pages(): Promise<Text[]> {
  const shared = {
    BASE_URL: 'https://mint.example.org',
    SESSION_SECRET: `${'b7'.repeat(16)}q2w3e4r5`,
    SITE_CONTACT: 'Ada',
  }
  const found: Text[] = []
  for (const env of [{}, shared]) {
    const drawnHere = await site(env)
    for (const [name, html] of Object.entries(await everyPage(drawnHere))) found.push([`page: ${name}`, html])
    await drawnHere.close()
  }
  return found
}

const whole = (path: string): Text => [path, readFileSync(path, 'utf8')]

/** Returns a view without its own comments, which no browser gets. */
const withoutNotes = (path: string): Text => [path, readFileSync(path, 'utf8').replace(/<%#.*?%>/gs, '')]

const comments = (path: string): Text => [
  path,
  [...readFileSync(path, 'utf8').matchAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm)].map(([text]) => text).join('\n'),
]

/** Finds every string and template in a file: a message can be in any of them. */
function literals(path: string): Text[] {
  const found: Text[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, value, cooked } = node as { type?: string; value?: string; cooked?: string }
    if (type === 'StringLiteral') found.push([path, value as string])
    if (type === 'TemplateElement') found.push([path, cooked ?? ''])
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseSync(readFileSync(path, 'utf8'), { syntax: path.endsWith('.ts') ? 'typescript' : 'ecmascript' }))
  return found
}

const files = (folder: string, ending = ''): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
