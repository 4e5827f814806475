import { constants, fstatSync, readFileSync, statSync } from 'node:fs'
import type { OutputFile } from './output-file.js'

/**
 * Writes the result to the file, else to standard output, else to standard error, so that no token is lost.
 * @returns whether the first choice worked
 */
export async function deliver(
  { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
  text: string,
  output: { file: OutputFile; path: string } | null,
): Promise<boolean> {
  if (output) {
    try {
      output.file.write(text)
      await put(stderr, `Written to ${output.path}.\n`)
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      await put(stderr, `${output.path} could not be written (${code}), so here is the result:\n`)
    }
  }
  if (!wasClosed() && (await put(stdout, text))) return output === null
  await put(stderr, `Standard output is closed or full, so here is the result:\n${text}`)
  return false
}

/** Whether we were started with standard output closed (`>&-`): Node then opens the null device there, for reading and writing. */
function wasClosed(): boolean {
  if (process.platform === 'win32' || fstatSync(1).rdev !== statSync('/dev/null').rdev) return false
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync('/proc/self/fdinfo/1', 'utf8'))?.[1] ?? '0'
    return (Number.parseInt(flags, 8) & constants.O_RDWR) !== 0
  } catch {
    // If we can't see the difference, nothing is lost.
    return true
  }
}

/** Whether a stream took the text. */
const put = (stream: NodeJS.WriteStream, text: string): Promise<boolean> =>
  new Promise((resolve) => {
    stream.write(text, (error) => resolve(!error))
  })
