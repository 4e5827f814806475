import {
  callScript,
  commands,
  type Ingredients,
  inPlace,
  later,
  type Part,
  type Recipe,
  replaceApi,
  type Step,
} from './recipe.js'

/** From the environment where the token stays the same; on a volume where the next one must be stored. */
export const containers: Recipe = {
  place: 'containers',
  steps: (given) => (given.usage === 'keep' ? inEnvironment(given) : onVolume(given)),
}

const CALL = `cat >call.sh <<'end'
${callScript}
end`

const NOT_PULLED = "Docker's client read these commands; no image was run."

const inEnvironment = (given: Ingredients): Step[] => [
  {
    title: 'Put the file beside your Compose file or script',
    files: ['env-file', 'curl'],
    code: [commands(...inPlace(given, 'device.env'))],
  },
  {
    title: 'Run it with Docker',
    text: 'This prints an access token. In your own image, copy `refresh.sh` into it; it needs a shell and curl. `refresh.py` and `refresh.mjs` read the same environment.',
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
  notRun: 'kubectl read both files; no cluster was at hand.',
})

const otherFiles: Part = {
  title: 'For a program of yours that refreshes by itself',
  files: ['dotenv', 'json', 'sh', 'yaml', 'python', 'node'],
}

const onVolume = ({ name, saved }: Ingredients): Step[] => [
  {
    title: 'Put the file and the program on a volume',
    files: ['sh', 'curl'],
    text: 'Each refresh brings another token, and it must be stored where the next run finds it. A container cannot change its environment, so the file goes on a volume. Run one container with it at a time.',
    code: [
      commands(
        `docker volume create ${name}`,
        `docker run --rm --interactive --volume ${name}:/oauth2 busybox sh -c 'umask 077; cat >/oauth2/device.sh' <${saved('device.sh')}`,
        `docker run --rm --interactive --volume ${name}:/oauth2 busybox sh -c 'cat >/oauth2/refresh.sh' <refresh.sh`,
        `docker run --rm --volume ${name}:/oauth2 busybox chown -R 1000:1000 /oauth2`,
        `rm ${saved('device.sh')}`,
      ),
    ],
    notRun: NOT_PULLED,
  },
  {
    title: 'Run it',
    text: 'This prints an access token. Your own image needs a shell and curl, user 1000, and the volume.',
    code: [commands(`docker run --rm --user 1000:1000 --volume ${name}:/oauth2 curlimages/curl sh /oauth2/refresh.sh`)],
    notRun: NOT_PULLED,
    ways: [composeVolume(name), kubernetesVolume(name, saved('device.sh')), inPythonOrNode, onlyRead],
  },
  {
    title: 'Call your API',
    text: replaceApi,
    code: [
      commands(
        CALL,
        `docker run --rm --interactive --volume ${name}:/oauth2 busybox sh -c 'cat >/oauth2/call.sh' <call.sh`,
        `docker run --rm --user 1000:1000 --volume ${name}:/oauth2 curlimages/curl sh /oauth2/call.sh`,
      ),
    ],
    notRun: NOT_PULLED,
  },
  later('To replace it, stop the container and repeat step 1 with the new file.', [
    commands(`docker volume rm ${name}`),
  ]),
]

const composeVolume = (name: string): Part => ({
  title: 'Docker Compose',
  code: [
    {
      what: 'compose.yaml',
      text: `services:
  device:
    image: your-image
    user: "1000:1000"
    volumes:
      - token:/oauth2
    restart: unless-stopped
volumes:
  token:
    name: ${name}
    external: true`,
    },
  ],
})

const kubernetesVolume = (name: string, saved: string): Part => ({
  title: 'Kubernetes',
  text: 'The Secret fills the volume once; from then on the newest token is there. One pod at a time: `Recreate`.',
  code: [
    commands(
      `kubectl create secret generic ${name} --from-file=device.sh=${saved} --from-file=refresh.sh`,
      'kubectl apply -f device.yaml',
    ),
    {
      what: 'device.yaml',
      text: `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 16Mi } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 1
  strategy: { type: Recreate }
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 }
      initContainers:
        - name: first-token
          image: busybox
          command: [sh, -c, "umask 077; cp /first/refresh.sh /oauth2/; [ -e /oauth2/device.sh ] || cp /first/device.sh /oauth2/"]
          volumeMounts:
            - { name: first, mountPath: /first }
            - { name: token, mountPath: /oauth2 }
      containers:
        - name: device
          image: your-image
          volumeMounts:
            - { name: token, mountPath: /oauth2 }
      volumes:
        - { name: first, secret: { secretName: ${name} } }
        - { name: token, persistentVolumeClaim: { claimName: ${name} } }`,
    },
  ],
  notRun:
    'kubectl read both; no cluster was at hand. To replace the token, delete `/oauth2/device.sh` on the volume first.',
})

const inPythonOrNode: Part = {
  title: 'With Python or Node instead',
  files: ['json', 'python', 'node', 'yaml'],
  text: 'Put `config.json` and one of the programs on the volume in the same way.',
}

const onlyRead: Part = {
  title: 'Files that a container only reads',
  files: ['env-file', 'compose', 'kubernetes', 'dotenv'],
}
