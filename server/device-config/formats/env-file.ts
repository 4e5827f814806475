import { environmentName } from './environment.js'
import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'

/** `docker run --env-file`, `kubectl create secret --from-env-file`: all after the first `=` is the value, quotes and spaces too. */
export const envFile: Format = {
  id: 'env-file',
  title: 'docker run --env-file',
  file: 'device.env',
  kind: 'config',
  media_type: 'text/plain',
  places: ['containers'],
  comment: '#',
  writesBack: {
    because: 'a container cannot change its environment',
    instead: 'put device.sh or config.json on a volume, with one of our programs',
  },
  maxTokenLength: {
    characters: 64 * 1024 - 'OAUTH2_REFRESH_TOKEN=\n'.length,
    reason: "Docker's client reads lines of up to 64 KiB.",
  },
  spell: environmentName,
  write: writeLines(environmentName, ({ name, value }) => [`${name}=`, value]),
  parse: readLines(/^(\w+)=(.*)$/gm, (value) => value),
}
