import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from '@jest/globals'

/** The first of these commands that is not on the PATH; null where all are there. */
export function lacking(...commands: string[]): string | null {
  return commands.find((command) => !onPath(command)) ?? null
}

/** What real providers are started with (keycloak.ts, spring.ts). */
export function lackingJava(): string | null {
  const missing = lacking('java', 'jar', 'javac', 'mvn')
  if (missing !== null) return missing
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const major = Number(/version "(\d+)/.exec(stderr)?.[1])
  return major >= 17 ? null : 'Java 17'
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/**
 * `describe` for tests that need more than Node. Where `missing` names a tool they are skipped, and the reporter
 * (skipped-reporter.js) says so in its one line; with CI=true they fail instead.
 */
export function describeWith(missing: string | null, title: string, body: () => void): void {
  if (missing === null) describe(title, body)
  else if (process.env.CI !== 'true') describe.skip(`${title} [needs ${missing}]`, body)
  else {
    describe(title, () => {
      it(`finds ${missing}`, () => {
        throw new Error(`${missing} is not on this machine: .ci/run installs it`)
      })
    })
  }
}
