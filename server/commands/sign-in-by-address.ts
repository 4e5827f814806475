import { AppError } from '../errors.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import { type Asker, createAsker } from './asker.js'
import { CommandEnd } from './command.js'
import { explain } from './failures.js'
import type { Interrupt } from './interrupt.js'
import type { OwnCallback, Told } from './own-callback.js'
import { readPastedAddress } from './pasted-address.js'
import type { Workshop } from './workshop.js'

interface Around {
  process: NodeJS.Process
  workshop: Workshop
  callback: OwnCallback
  interrupt: Interrupt
}

type Begun = Awaited<ReturnType<Workshop['flow']['begin']>>
/** The address at the end of the sign-in, and how to answer the browser if it opened our callback. */
type Ending = { from: 'browser' | 'terminal'; address: string; tell: (told: Told) => void }

/**
 * Signs in with a browser on any machine: prints the authorization URL, then reads the address at the end of the sign-in, from the
 * terminal or from our callback. If the provider no longer accepts the code, asks for a new sign-in.
 */
export async function signInByAddress({ process, workshop, callback, interrupt }: Around): Promise<TokenAnswer> {
  const { flow, provider } = workshop
  const asker = createAsker(process, interrupt.trigger)
  const used: string[] = []
  const say = (text: string) => void process.stderr.write(text)
  try {
    for (;;) {
      const begun = await interrupt.orInterrupted(flow.begin())
      // While the person signs in, we find out how the provider wants the client's credentials.
      void provider.authentication.findOut()
      say(instructions(begun.url, workshop.redirectUri, callback.listening))
      const answer = await attempt(begun)
      if (answer) return answer
      used.push(begun.state)
    }
  } finally {
    asker.close()
  }

  /** Runs one sign-in; null if its code came too late or was used before. */
  async function attempt(begun: Begun): Promise<TokenAnswer | null> {
    let ending: Ending | null = null
    const arriving = () => callback.next(begun.state)
    const typing = () => typed(asker)
    let [arrived, pasted] = [arriving(), typing()]
    for (;;) {
      if (ending?.from === 'browser') arrived = arriving()
      if (ending?.from === 'terminal') pasted = typing()
      ending = await interrupt.orInterrupted(Promise.race([arrived, pasted]))
      const { address, tell } = ending
      const read = readPastedAddress(address, { state: begun.state, used, url: begun.url })
      if ('problem' in read) {
        say(`\n${read.problem}\n\n`)
        tell({ ok: false, title: 'That did not work', text: read.problem })
        continue
      }
      try {
        const answer = await flow.finish(read.parameters, begun.signIn)
        tell({ ok: true, title: 'You are signed in', text: 'The token is in the terminal. You can close this page.' })
        return answer
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        tell({ ok: false, title: error.title, text: `${error.message} ${error.hint ?? ''}` })
        if (lacksIssuer(error, read.parameters.iss)) {
          say(`\n${explain(error)}Was the address cut off? Paste the whole address.\n\n`)
          continue
        }
        if (!isLateCode(error)) throw error
        say(`\n${explain(error)}\nThe code in the address is good for about a minute, and only once. Sign in again:\n`)
        return null
      }
    }
  }
}

async function typed(asker: Asker): Promise<Ending> {
  let line = ''
  while (line.trim() === '') {
    const next = await asker.ask('Address: ')
    if (next === null) {
      throw new CommandEnd(
        1,
        'The input ended before an address came, so you have no token.',
        'In a container, use -it.',
      )
    }
    line = next
  }
  return { from: 'terminal', address: line, tell: () => {} }
}

/** Whether the provider announces `iss` (RFC 9207) and the pasted address ends before it. */
const lacksIssuer = (error: AppError, iss: string | null) => error.code === 'invalid_issuer' && iss === null

/** Whether the code is unknown, too old, or was used before (RFC 6749 §5.2). */
const isLateCode = ({ code, extra }: AppError) => code === 'provider_error' && extra.error === 'invalid_grant'

function instructions(url: string, redirectUri: string, listening: boolean): string {
  const ends = listening
    ? `If that browser runs on this machine, this command continues by itself. Otherwise the browser ends on an address that it can't
open: it begins with ${redirectUri}. Copy that whole address from the address bar and paste it here.`
    : `The browser ends on an address that begins with ${redirectUri}.
It doesn't matter whether that page opens: copy the whole address from the address bar and paste it here.`
  return `
Open this address in a browser, on any machine, and sign in:

  ${url}

${ends}
The code in it is good for about a minute.

`
}
