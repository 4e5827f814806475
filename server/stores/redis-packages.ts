import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { StoreError } from './store-unavailable.js'

/**
 * Checks that the packages for Redis are installed. They would be the largest part of an installation, so they are optional.
 * @throws StoreError with the command that installs them
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
    // A package that only supports `import` can't be resolved this way, but it is installed.
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND'
  }
}
