import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { StoreError } from './store-unavailable.js'

/**
 * Redis's client and what counts and keeps sessions there are the largest part of an installation, so the package leaves them out.
 * @throws StoreError with the line that installs them
 */
export function requireRedisPackages(): void {
  const require = createRequire(import.meta.url)
  const packages = Object.entries(peerDependencies())
  if (packages.every(([name]) => isInstalled(require, name))) return
  const line = packages.map(([name, range]) => `${name}@${/\d+/.exec(range)?.[0]}`).join(' ')
  throw new StoreError(
    `REDIS_URL is set, but the packages for Redis are not installed. Install them where offline-token-mint is installed:\n\n  npm install ${line}\n\nOr unset REDIS_URL to keep sessions in memory.`,
  )
}

const peerDependencies = (): Record<string, string> =>
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).peerDependencies

function isInstalled(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch (error) {
    // A package for `import` alone can't be resolved in this way, and is there.
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND'
  }
}
