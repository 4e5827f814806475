import { readFileSync } from 'node:fs'
import { isToken } from '../provider/token-answer.js'
import { namesToken, otherClient, otherKind, withoutWrapping } from '../tokens/pasted.js'
import { createAsker } from './asker.js'
import { CommandEnd } from './command.js'
import { commandName } from './command-name.js'
import type { Interrupt } from './interrupt.js'

/** Reads a copied refresh token from standard input. @throws CommandEnd if it is not a refresh token */
export async function readToken(process: NodeJS.Process, interrupt: Interrupt): Promise<string> {
  const text = process.stdin.isTTY ? await askForToken(process, interrupt) : await readAll(process.stdin)
  const token = withoutWrapping(text)
  if (!isToken(token) || namesToken(token)) {
    throw new CommandEnd(
      1,
      token === '' ? 'Standard input is empty.' : 'Standard input is not a token.',
      `Write only the refresh token to standard input, or name a file: ${commandName(process)} test device.json`,
    )
  }
  return token
}

async function askForToken(process: NodeJS.Process, interrupt: Interrupt): Promise<string> {
  const asker = createAsker(process, interrupt.trigger)
  try {
    return (await interrupt.orInterrupted(asker.ask('Refresh token (it does not show): ', { hidden: true }))) ?? ''
  } finally {
    asker.close()
  }
}

const AT_MOST = 1024 * 1024

async function readAll(stdin: NodeJS.ReadStream): Promise<string> {
  let text = ''
  stdin.setEncoding('utf8')
  for await (const chunk of stdin) {
    text += chunk
    if (text.length > AT_MOST) break
  }
  return text
}

/** Refuses a JWT that says it is another kind of token or belongs to another client. Then we send nothing. */
export function refuseOtherKind(
  token: string,
  { issuer, clientId }: { issuer: string | null; clientId: string },
): void {
  const kind = otherKind(token)
  if (kind) throw new CommandEnd(1, `That is ${kind}, not a refresh token.`)
  const other = otherClient(token, { issuer, clientId, discovered: null })
  if (other) throw new CommandEnd(1, `${other} We sent nothing.`)
}

/** Reads a file. @throws CommandEnd */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandEnd(1, `${file} can't be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}
