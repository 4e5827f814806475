import type { Place } from '../places.js'

/** What the steps are written with: this user's names and this token's usage. */
export interface Ingredients {
  /** Names the device's user, folders, services and volumes, e.g. `oauth2-greenhouse-3`. */
  name: string
  /** The name that a browser saves a config by, e.g. `greenhouse-3.device.sh` for `device.sh`. */
  saved(file: string): string
  usage: 'keep' | 'store'
  /** How the client's credentials are sent. */
  method: string
  /** When in the day this device refreshes, from its token's fingerprint: not all devices at the same minute. */
  hour: number
  minute: number
  /** The token endpoint's `host:port`, for TLS. */
  tokenHost: string
}

/** Something to type, or the text of a file. */
export interface Code {
  text: string
  /** Completes "Copy the …". */
  what: string
}

/** One thing to do: what to get, what to know, what to type. */
export interface Part {
  title: string
  /** Ids of formats and programs to download. */
  files?: readonly string[]
  /** Sentences; `…` marks what is code. */
  text?: string
  code?: readonly Code[]
  /** Set where we could not try this part ourselves: what was missing. */
  notRun?: string
}

export interface Step extends Part {
  /** Other ways to take this step, folded. */
  ways?: readonly Part[]
}

/** The steps from the files to a device that calls its API, for one place. */
export interface Recipe {
  place: Place
  steps(given: Ingredients): readonly Step[]
}

/** Gives a download its plain name, and keeps it from other users. */
export const inPlace = ({ saved }: Pick<Ingredients, 'saved'>, file: string): string[] => [
  ...(saved(file) === file ? [] : [`mv ${saved(file)} ${file}`]),
  `chmod 600 ${file}`,
]

export const commands = (...lines: string[]): Code => ({ text: lines.join('\n'), what: 'commands' })

/** Stands for the API that the access token is for. */
export const API = 'https://api.example.org/measurements'

export const replaceApi = `Replace \`${API}\` with your API's address.`

/** A script beside refresh.sh that calls the API. The token is not in the arguments, where every user of the machine could read it. */
export const callScript = `#!/bin/sh
token=$(sh "\${0%/*}/refresh.sh" --cached) || exit
printf 'header = "Authorization: Bearer %s"\\n' "$token" |
  curl --fail --silent --show-error --max-time 60 --config - ${API}`

/** The last step everywhere. */
export const later = (replace: string, remove: readonly Code[] = []): Step => ({
  title: 'Later: replace or revoke the token',
  text: `${replace} To revoke it, unfold *Revoke it* at the end of this page, or remove the session at the provider: the device stops at its next refresh.${remove.length > 0 ? ' To remove everything from this machine:' : ''}`,
  code: remove,
})
