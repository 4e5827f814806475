import { comment } from './comment.js'
import { environmentName } from './environment.js'
import { entries, type Format, piecesOf, plain } from './format.js'
import { readLines } from './lines.js'

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
  spell: environmentName,
  write: (fields, about) => [
    plain(`${comment('#', about)}
${HEAD}
`),
    ...entries(fields, environmentName).flatMap(({ field, name, value }) =>
      piecesOf(field, `  ${name}: `, JSON.stringify(value)),
    ),
  ],
  parse: readLines(/^ {2}(OAUTH2_\w+): (".*")$/gm, JSON.parse),
}
