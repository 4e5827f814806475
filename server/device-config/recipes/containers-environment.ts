import { CALL, NOT_PULLED } from './containers-shared.js'
import { commands, type Ingredients, inPlace, later, type Part, replaceApi, type Step } from './recipe.js'

/** A token that stays the same is part of the container's environment. */
export const inEnvironment = (given: Ingredients): Step[] => [
  {
    title: 'Put the file beside your Compose file or script',
    files: ['env-file', 'curl'],
    code: [commands(...inPlace(given, 'device.env'))],
  },
  {
    title: 'Run it with Docker',
    text: 'This prints an access token. To use your own image, copy `refresh.sh` into it. It needs a shell and curl. `refresh.py` and `refresh.mjs` read the same environment.',
    code: [
      commands(
        'docker run --rm --env-file device.env --volume "$PWD/refresh.sh:/refresh.sh:ro" curlimages/curl sh /refresh.sh',
      ),
    ],
    notRun: NOT_PULLED,
    ways: [compose, kubernetes(given.saved('secret.yaml')), otherFiles],
  },
  {
    title: 'Call your API',
    text: replaceApi,
    code: [
      commands(
        CALL,
        'docker run --rm --env-file device.env --volume "$PWD:/oauth2:ro" curlimages/curl sh /oauth2/call.sh',
      ),
    ],
    notRun: NOT_PULLED,
  },
  later(
    'To replace it, put the new file in place of the old one and start the container again (in Kubernetes: `kubectl apply` again, then `kubectl rollout restart`).',
  ),
]

const compose: Part = {
  title: 'Docker Compose',
  files: ['compose'],
  code: [
    {
      what: 'compose.yaml',
      text: `services:
  device:
    image: your-image
    env_file: device.env
    restart: unless-stopped`,
    },
  ],
}

const kubernetes = (saved: string): Part => ({
  title: 'Kubernetes',
  files: ['kubernetes'],
  text: "The Secret's values become the container's environment.",
  code: [
    commands(`kubectl apply -f ${saved}`),
    {
      what: 'deployment.yaml',
      text: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: device
spec:
  selector: { matchLabels: { app: device } }
  template:
    metadata: { labels: { app: device } }
    spec:
      containers:
        - name: device
          image: your-image
          envFrom:
            - secretRef: { name: oauth2-device }`,
    },
  ],
  notRun: 'kubectl read both files, but we had no cluster.',
})

const otherFiles: Part = {
  title: 'For your own program that refreshes by itself',
  files: ['dotenv', 'json', 'sh', 'yaml', 'python', 'node'],
}
