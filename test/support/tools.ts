import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { basename, delimiter, isAbsolute, join } from 'node:path'
import { describe, it } from '@jest/globals'

/** The first of these commands that is not there, by its name on the PATH or by its whole path; null where all are. */
export function lacking(...commands: string[]): string | null {
  const missing = commands.find((command) => whereIs(command) === null)
  return missing === undefined ? null : basename(missing)
}

/** What real providers are started with (keycloak.ts, spring.ts). */
export function lackingJava(): string | null {
  const missing = lacking('java', 'jar', 'javac', 'mvn')
  if (missing !== null) return missing
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const major = Number(/version "(\d+)/.exec(stderr)?.[1])
  return major >= 17 ? null : 'Java 17'
}

/** The path of this command; null where it is not there. `npm test` hides those, too, that are known by their whole path. */
export function whereIs(command: string): string | null {
  if (isAbsolute(command)) return process.env.TESTS !== 'quick' && isExecutable(command) ? command : null
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command))
  return places.find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `it` for a test that takes long (a real deadline, thousands of inputs): `npm test` leaves it to `npm run test:all`. */
export const slow = process.env.TESTS === 'quick' ? it.skip : it

/**
 * `describe` for tests that need more than Node. `npm test` leaves them to `npm run test:all`: it hides every program but Node,
 * so a test that needs one and does not say so here fails there. Where `missing` names a tool they
 * are skipped, and the reporter (skipped-reporter.js) says so in one line. With CI=true they fail instead.
 */
export function describeWith(missing: string | null, title: string, body: () => void): void {
  if (missing === null) describe(title, body)
  else if (process.env.CI !== 'true' || process.env.TESTS === 'quick')
    describe.skip(`${title} [needs ${missing}]`, body)
  else {
    describe(title, () => {
      it(`finds ${missing}`, () => {
        throw new Error(`${missing} is not on this machine: .ci/run installs it`)
      })
    })
  }
}
