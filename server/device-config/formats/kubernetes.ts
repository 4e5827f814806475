import { environmentName } from './environment.js'
import { entries, type Format, piecesOf, plain } from './format.js'
import { readLines } from './lines.js'
import { quoted } from './quoted.js'

const HEAD = `apiVersion: v1
kind: Secret
metadata:
  name: oauth2-device
type: Opaque
stringData:`

/** A Secret for `kubectl apply -f`, its names fit for `envFrom:`; each value is a double-quoted YAML string. */
export const kubernetes: Format = {
  id: 'kubernetes',
  title: 'Kubernetes Secret',
  file: 'secret.yaml',
  kind: 'config',
  media_type: 'application/yaml',
  places: ['containers'],
  comment: '#',
  writesBack: {
    because: 'a pod cannot write into a Secret',
    instead: 'put device.sh or config.json on a volume, with one of our programs',
  },
  spell: environmentName,
  write: (fields) => [
    plain(`${HEAD}\n`),
    ...entries(fields, environmentName).flatMap(({ field, name, value }) =>
      piecesOf(field, `  ${name}: `, quoted(value)),
    ),
  ],
  parse: readLines(/^ {2}(OAUTH2_\w+): (".*")$/gm, JSON.parse),
}
