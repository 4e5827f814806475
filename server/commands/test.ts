import { realpathSync } from 'node:fs'
import { parseUrl } from '../config/urls.js'
import { AppError } from '../errors.js'
import { verdictWords } from '../pages/verdict-words.js'
import { askReadOnly } from '../proof/read-only.js'
import type { StoredEntry } from '../tokens/entries.js'
import { pastedEntry } from '../tokens/mint.js'
import { verdictOf } from '../tokens/token-answer-json.js'
import { newListId } from '../tokens/token-list.js'
import { type Call, type Command, CommandEnd, INTERRUPTED } from './command.js'
import { commandName } from './command-name.js'
import { type ReadConfig, readConfigFile } from './config-file.js'
import { lockConfig } from './config-lock.js'
import { deliver } from './deliver.js'
import { requireDemoSite } from './demo-site.js'
import { exitCodeOf, explain } from './failures.js'
import { createInterrupt, FINISHING, type Interrupt, Interrupted } from './interrupt.js'
import { adoptNextToken } from './next-token-file.js'
import { printable } from './printable.js'
import { answerText } from './result.js'
import { readSettings } from './settings.js'
import { readText, readToken, refuseOtherKind } from './token-input.js'
import { createWorkshop, type Workshop } from './workshop.js'
import { createWriteBack, type WriteBack } from './write-back.js'

/** Tests a token on standard input, or the one in a device config, and prints the token answer. */
export const run: Command = async (call) => {
  const { process, options, argument } = call
  const interrupt = createInterrupt(process, () => {}, INTERRUPTED)
  try {
    const file = argument === null || argument === '-' ? null : found(argument)
    const unlock = file && !options['read-only'] ? await interrupt.orInterrupted(lockConfig(file)) : () => {}
    try {
      if (file && !options['read-only'] && adoptNextToken(file)) {
        process.stderr.write(
          `An earlier run stopped before it could write the newest token into ${file}. We have written it now.\n`,
        )
      }
      return await testToken(call, file, interrupt)
    } finally {
      unlock()
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.stderr.write('\nInterrupted. We sent nothing that uses up the token.\n')
    return INTERRUPTED
  }
}

/** Follows symbolic links to the file itself: the lock and the next token belong there. A file that can't be read gets no lock. */
function found(argument: string): string {
  readText(argument)
  return realpathSync(argument)
}

async function testToken({ process, options }: Call, file: string | null, interrupt: Interrupt): Promise<number> {
  const settings = readSettings(process, options)
  const config = file === null ? null : configIn(file, commandName(process))
  const token = config?.fields.refresh_token ?? (await readToken(process, interrupt))
  const keeps = config === null || options['read-only'] || config.fields.refresh_token_usage === 'keep'
  const writeBack = keeps || file === null ? null : createWriteBack(file, token)
  const workshop = createWorkshop(settings, interrupt.lifecycle, writeBack?.around)
  try {
    await interrupt.orInterrupted(requireDemoSite(settings, workshop.provider))
    if (config && file) await refuseOtherClient(config, file, workshop)
    refuseOtherKind(token, settings.oauth2)
    writeBack?.rehearse()
    if (options['read-only']) return await look(process, workshop, token)
    return await prove(process, { workshop, token, interrupt, writeBack, file })
  } finally {
    await workshop.close()
  }
}

function configIn(file: string, program: string): ReadConfig {
  const config = readConfigFile(readText(file))
  if (config) return config
  throw new CommandEnd(
    1,
    `${file} is not one of our device configs: it has no token_endpoint, client_id and refresh_token.`,
    `Write only the refresh token to standard input: ${program} test < FILE`,
  )
}

async function refuseOtherClient({ fields }: ReadConfig, file: string, { provider }: Workshop): Promise<void> {
  const { token_endpoint } = await provider.metadata.get()
  const { clientId } = provider.config
  const same = href(fields.token_endpoint) === href(token_endpoint)
  if (same && fields.client_id === clientId) return
  throw new CommandEnd(
    1,
    same
      ? `${file} has the client_id ${fields.client_id}, and the settings have ${clientId}. We sent nothing.`
      : `${file} has the token_endpoint ${fields.token_endpoint}, and the settings have ${token_endpoint}. We sent nothing.`,
    'Set OAUTH2_ISSUER, OAUTH2_CLIENT_ID and OAUTH2_CLIENT_SECRET to those of the device.',
  )
}

const href = (url: string) => parseUrl(url)?.href ?? url

const READ_ONLY_CODES = { active: 0, inactive: 2, unknown: 1 }

/** Decodes and introspects the token without a refresh. */
async function look(process: NodeJS.Process, workshop: Workshop, token: string): Promise<number> {
  const { provider } = workshop
  await provider.authentication.findOut()
  const entry = await pastedEntry(provider, token, Date.now())
  const { result, message } = await askReadOnly(provider, token, Date.now()).catch((error: AppError) => ({
    result: 'unknown' as const,
    message: `We can't find out now whether the token works. ${error.message}`,
  }))
  process.stderr.write(`${printable(message)}\n`)
  const delivered = await deliver(process, answerText(workshop.shown(entry), null), null)
  return delivered ? READ_ONLY_CODES[result] : 1
}

interface Proving {
  workshop: Workshop
  token: string
  interrupt: Interrupt
  writeBack: WriteBack | null
  file: string | null
}

async function prove(process: NodeJS.Process, { workshop, token, interrupt, writeBack, file }: Proving) {
  const { provider, entries, lists, prover } = workshop
  const say = (text: string) => void process.stderr.write(text)
  const pasted = await interrupt.orInterrupted(pastedEntry(provider, token, Date.now()))
  const stored = await lists.add(newListId(), pasted)
  say('Testing the token …\n')
  interrupt.signal.addEventListener('abort', () => say(FINISHING), { once: true })
  const outcome = await prover.prove(stored).catch((error: unknown) => error)
  const { entry } = (await entries.load(stored.at)) as StoredEntry
  if (outcome instanceof AppError) say(explain(outcome))
  else if (outcome instanceof Error) throw outcome
  else {
    const { word, sentence } = verdictWords(workshop.shown(entry))
    say(`${word} ${printable(sentence)}\n`)
  }
  if (writeBack?.written) say(`${file} now has the current token.\n`)
  if (writeBack?.problem) say(notWritten(file, writeBack.problem))
  // Print a replaced token even after a failure.
  const failed = outcome instanceof AppError
  const delivered =
    failed && entry.refresh_token === token
      ? true
      : await deliver(process, answerText(workshop.shown(entry), null), null)
  if (interrupt.lifecycle.ending) return INTERRUPTED
  if (failed) return exitCodeOf(outcome)
  if (verdictOf(entry) === 'invalid') return 2
  return delivered && !writeBack?.problem ? 0 : 1
}

const notWritten = (file: string | null, problem: string) =>
  `We could not write ${file} (${problem}), and its token no longer works: put the refresh_token printed here into it.\n`
