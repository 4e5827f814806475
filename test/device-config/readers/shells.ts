import { lacking } from '../../support/tools.js'
import { fromEnvironment, type Reader, run, versionOf } from './reader.js'

/** In a subshell a file, the environment as a child process gets it, then an empty record. */
const SCRIPT = `for file; do (. "$file" && env -0); printf '\\0'; done`

function shell(name: string, command: string, args: string[], version: () => Promise<string>): Reader {
  return {
    name,
    formats: ['sh'],
    missing: () => lacking(command),
    version,
    async read(files) {
      const text = await run(command, [...args, '-c', SCRIPT, 'sh', ...files], { PATH: process.env.PATH })
      return text.split('\0\0').slice(0, -1).map(fromEnvironment)
    },
  }
}

export const dash = shell('dash', 'dash', [], () => versionOf('dpkg-query', '--show', 'dash'))
export const bash = shell('bash', 'bash', [], () => versionOf('bash', '--version'))
export const busybox = shell('busybox sh', 'busybox', ['sh'], () => versionOf('busybox'))
