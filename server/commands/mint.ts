import { AppError } from '../errors.js'
import { verdictWords } from '../pages/verdict-words.js'
import { shown } from '../proof/shown.js'
import { providerFacts } from '../provider/facts.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { StoredEntry } from '../tokens/entries.js'
import { readLabel } from '../tokens/label.js'
import { verdictOf } from '../tokens/token-answer-json.js'
import { type Call, type Command, CommandEnd, INTERRUPTED } from './command.js'
import { deliver } from './deliver.js'
import { requireDemoSite } from './demo-site.js'
import { explain } from './failures.js'
import { createInterrupt, FINISHING, type Interrupt, Interrupted } from './interrupt.js'
import { type OutputFile, reserveOutput } from './output-file.js'
import { createOwnCallback } from './own-callback.js'
import { printable } from './printable.js'
import { answerText, resultText } from './result.js'
import { readOwnSettings } from './settings.js'
import { signInByAddress } from './sign-in-by-address.js'
import { signInByDevice } from './sign-in-by-device.js'
import { createWorkshop, type Workshop } from './workshop.js'

type Config = ReturnType<typeof readOwnSettings>

/** Signs in without a browser on this machine, tests the token and prints it. */
export const run: Command = async (call) => {
  const { process, options } = call
  const config = readOwnSettings(process, options)
  const label = options.label === undefined ? null : readLabel(options.label)
  const file = options.output === undefined ? null : reserveOutput(options.output, options.force === true)
  const interrupt = createInterrupt(process, () => file?.abandon(), INTERRUPTED)
  const workshop = createWorkshop(config, interrupt.lifecycle)
  try {
    return await mintAndPrint(call, { config, label, file, interrupt, workshop })
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.stderr.write('\nInterrupted. You have no token.\n')
    return INTERRUPTED
  } finally {
    file?.abandon()
    await workshop.close()
  }
}

interface Around {
  config: Config
  label: string | null
  file: OutputFile | null
  interrupt: Interrupt
  workshop: Workshop
}

async function mintAndPrint(call: Call, around: Around): Promise<number> {
  const { process, options } = call
  const { config, label, file, interrupt, workshop } = around
  const say = (text: string) => void process.stderr.write(text)
  await interrupt.orInterrupted(requireDemoSite(config, workshop.provider))
  const minted = await workshop.mint(await signIn(call, around)).catch(rescue(process))
  const { entry } = options['no-test'] ? minted : await test(minted, around, say)
  if (entry.refresh_token === null) say(explain(noRefreshToken(workshop)))
  const { text, lost } = textFor(options.format, { config, provider: workshop.provider, entry, label })
  if (lost) say(explain(lost))
  const output = file && options.output !== undefined && !lost ? { file, path: options.output } : null
  const delivered = await deliver(process, text, output)
  if (interrupt.lifecycle.ending) return INTERRUPTED
  if (entry.refresh_token === null || verdictOf(entry) === 'invalid') return 2
  return delivered && !lost ? 0 : 1
}

async function signIn({ process, options }: Call, { config, interrupt, workshop }: Around): Promise<TokenAnswer> {
  if (options.device) {
    return signInByDevice({ provider: workshop.provider, interrupt, say: (text) => void process.stderr.write(text) })
  }
  const callback = await createOwnCallback(config)
  try {
    return await signInByAddress({ process, workshop, callback, interrupt })
  } finally {
    callback.close()
  }
}

/** Tests the token, and prints it even if the test could not finish. */
async function test(minted: StoredEntry, { workshop, interrupt }: Around, say: (text: string) => void) {
  if (minted.entry.refresh_token === null || interrupt.lifecycle.ending) return minted
  say('\nSigned in. Testing the token …\n')
  interrupt.signal.addEventListener('abort', () => say(FINISHING), { once: true })
  try {
    const tested = await workshop.prover.prove(minted)
    const { word, sentence } = verdictWords(workshop.shown(tested.entry))
    say(`${word} ${printable(sentence)}\n\n`)
    return tested
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    say(`The test could not finish, so we don't know whether the token can be used again.\n${explain(error)}\n`)
    return (await workshop.entries.load(minted.at)) ?? minted
  }
}

/** Writes the result in the chosen format, or the token answer if the format can't hold it, so that nothing is lost. */
function textFor(format: string | undefined, about: Parameters<typeof resultText>[1]) {
  try {
    return { text: resultText(about.entry.refresh_token === null ? undefined : format, about), lost: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const facts = shown(about.config, providerFacts(about.provider), about.entry, Date.now())
    return { text: answerText(facts, about.label), lost: error }
  }
}

const noRefreshToken = ({ provider }: Workshop) =>
  new CommandEnd(2, 'The provider gave no refresh token with this sign-in.', provider.preset().noRefreshToken)

/** Prints a token even if it could not be kept in memory. */
const rescue = (process: NodeJS.Process) => (error: unknown) => {
  const token = error instanceof AppError ? error.extra.refresh_token : null
  if (typeof token === 'string') process.stdout.write(`${token}\n`)
  throw error
}
