import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigError, formatProblems } from '../config/config.js'
import { Invalid } from '../config/problem.js'
import { issuer } from '../config/urls.js'
import { type Asker, createAsker } from './asker.js'
import { run as check } from './check.js'
import { type Call, type Command, CommandEnd, INTERRUPTED } from './command.js'
import { commandName } from './command-name.js'
import { type Answers, envText, writeEnvFile } from './env-file.js'
import { createInterrupt, type Interrupt, Interrupted } from './interrupt.js'
import { readSettings } from './settings.js'

/** Asks for the provider and the client, writes `.env`, and checks the set-up. */
export const run: Command = async (call) => {
  const { process, options } = call
  const path = resolve(options.env ?? '.env')
  refuseExisting(path, process)
  const interrupt = createInterrupt(process, () => {}, INTERRUPTED)
  const asker = createAsker(process, interrupt.trigger)
  try {
    const text = await ask(asker, interrupt, process)
    refuseExisting(path, process)
    writeEnvFile(path, text)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.stderr.write('\nInterrupted. Nothing was written.\n')
    return INTERRUPTED
  } finally {
    asker.close()
  }
  process.stdout.write(`\nWrote ${path}. Only you can read it.\n\n`)
  return checkAndSayWhatNext({ ...call, options: { ...options, env: path } })
}

function refuseExisting(path: string, process: NodeJS.Process): void {
  if (!existsSync(path)) return
  throw new CommandEnd(
    1,
    `${path} exists already, and init doesn't change it.`,
    `Edit it, or name another file: ${commandName(process)} init --env FILE`,
  )
}

async function ask(asker: Asker, interrupt: Interrupt, process: NodeJS.Process): Promise<string> {
  const say = (text: string) => void process.stderr.write(text)
  const answer = async (question: string, hidden = false) => {
    const line = await interrupt.orInterrupted(asker.ask(question, { hidden }))
    if (line === null) throw new CommandEnd(1, 'The input ended before the last answer. Nothing was written.')
    return line.trim()
  }
  /** Says what is wrong with an answer. Only a person answers again: the next line of a pipe answers another question. */
  const refuse = (problem: string) => {
    if (!asker.terminal) throw new CommandEnd(1, problem, 'Nothing was written.')
    say(`${problem}\n`)
  }
  say('Three questions about your provider. Your answers are written after the last one.\n\n')
  for (;;) {
    const OAUTH2_ISSUER = await until(
      () => answer('Issuer URL (Keycloak: https://HOST/realms/REALM): '),
      issuerProblem,
      refuse,
    )
    const OAUTH2_CLIENT_ID = await until(() => answer('Client ID: '), emptyProblem, refuse)
    const secret = await answer("Client secret (it doesn't show; empty for a public client): ", true)
    const problem = written({ OAUTH2_ISSUER, OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET: secret || null })
    if (typeof problem !== 'string') return problem.text
    refuse(problem)
    say('Once more:\n\n')
  }
}

/** Asks again until the answer is right. */
async function until(
  ask: () => Promise<string>,
  problemOf: (text: string) => string | null,
  refuse: (problem: string) => void,
) {
  for (;;) {
    const text = await ask()
    const problem = problemOf(text)
    if (problem === null) return text
    refuse(problem)
  }
}

const emptyProblem = (text: string) => (text === '' ? 'Please type a value.' : null)

function issuerProblem(text: string): string | null {
  if (text === '') return emptyProblem(text)
  try {
    issuer(text)
    return null
  } catch (error) {
    if (error instanceof Invalid) return `It ${error.problem}. ${error.cure}`
    throw error
  }
}

/** Writes the file's text, or says why these values can't be settings. */
function written(answers: Answers): { text: string } | string {
  try {
    const text = envText(answers)
    if (text !== null) return { text }
    return "The secret has characters that .env can't carry. Put it into a file, and name that in OAUTH2_CLIENT_SECRET_FILE."
  } catch (error) {
    if (error instanceof ConfigError) return formatProblems(error)
    throw error
  }
}

async function checkAndSayWhatNext(call: Call): Promise<number | null> {
  const { process, options } = call
  const { baseUrl, envFile, startedAs } = readSettings(process, options)
  if (envFile.overridden.length > 0) {
    process.stdout.write(`The environment overrides: ${envFile.overridden.join(', ')}\n\n`)
  }
  const code = await check(call)
  process.stdout.write(
    `\nCallback URL: ${baseUrl}/auth/oauth2/callback\nRegister exactly this for the client at the provider${code === 0 ? '' : `, then run: ${startedAs} check`}.\n`,
  )
  return code
}
