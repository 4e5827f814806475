import type { Check } from '../findings/check.js'
import type { SetupCheck } from './set-up-check.js'

/**
 * The set-up check as text, each result as it comes.
 * @param strangers the warning about other programs on our port; null if there are none
 * @returns whether nothing is wrong
 */
export async function reportSetup(
  setupCheck: SetupCheck,
  strangers: string | null,
  print: (text: string) => void,
): Promise<boolean> {
  if (strangers !== null) print(paragraph({ title: 'The port', result: 'fail', message: strangers, hint: null }))
  const { ok, checks } = await setupCheck.run((check) => print(paragraph(check)))
  const sound = ok && strangers === null
  print(outcome(sound, checks))
  return sound
}

function outcome(sound: boolean, checks: Check[]): string {
  if (!sound) return 'Something is wrong: follow the hints above, then check again.\n'
  // Many providers send no time, and nothing depends on it.
  const open = checks.some(({ id, result }) => result === 'unknown' && id !== 'clock')
  return open ? 'No problems found. The sign-in will show what could not be checked.\n' : 'No problems found.\n'
}

type Row = Pick<Check, 'title' | 'result' | 'message' | 'hint' | 'enter' | 'commands'>

function paragraph({ title, result, message, hint, enter, commands = [] }: Row): string {
  const lines = [
    `${result.padEnd(8)} ${title}`,
    message,
    ...(hint ? [`→ ${hint}`] : []),
    ...(enter ? [`Type ${enter.where}:`, `  ${enter.value}`] : []),
    ...(commands.length > 0
      ? ["Or log in as Keycloak's administrator and run these commands:", ...commands.map((line) => `  ${line}`)]
      : []),
  ]
  return `${lines.join(`\n${' '.repeat(9)}`)}\n\n`
}
