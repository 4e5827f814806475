import type { Check } from '../findings/check.js'
import type { SetupCheck } from './set-up-check.js'

/**
 * The set-up check as text, each result as it comes.
 * @param strangers what is to be said of others on our port; null when there is nobody
 * @returns whether nothing is wrong
 */
export async function reportSetup(
  setupCheck: SetupCheck,
  strangers: string | null,
  print: (text: string) => void,
): Promise<boolean> {
  if (strangers !== null) print(paragraph({ id: 'port', result: 'fail', message: strangers, hint: null }))
  const { ok, checks } = await setupCheck.run((check) => print(paragraph(check)))
  const sound = ok && strangers === null
  const untold = checks.some(({ result }) => result === 'unknown')
  print(
    !sound
      ? 'Something is wrong: follow the hints of what fails.\n'
      : untold
        ? 'Nothing wrong was found; what is unknown can not be told from here.\n'
        : 'All is well.\n',
  )
  return sound
}

function paragraph({ id, result, message, hint }: Check): string {
  const indent = ' '.repeat(9)
  return `${result.padEnd(8)} ${id}\n${indent}${message}\n${hint ? `${indent}→ ${hint}\n` : ''}\n`
}
