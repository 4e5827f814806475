import { basename, relative } from 'node:path'

/** Names this program as the person started it: `offline-token-mint` where npm installed it, else e.g. `node dist/main.js`. */
export function commandName({ argv, cwd }: Pick<NodeJS.Process, 'argv' | 'cwd'>): string {
  const script = argv[1] ?? ''
  // On Windows, npm's command runs node with the path of the file itself.
  if (basename(script) !== 'main.js' || /[\\/]node_modules[\\/]/.test(script)) return 'offline-token-mint'
  const fromHere = relative(cwd(), script)
  const path = fromHere.startsWith('..') ? script : fromHere
  return `node ${path.includes(' ') ? `"${path}"` : path}`
}
