import { CALL, NOT_PULLED } from './containers-shared.js'
import { commands, type Ingredients, later, type Part, replaceApi, type Step } from './recipe.js'

/** A token whose successor must be stored is on a volume, with the program that stores it. */
export const onVolume = ({ name, saved }: Ingredients): Step[] => [
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
  text: 'The Secret fills the volume once. After that, the newest token is on the volume. `Recreate` allows only one pod at a time.',
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
    'kubectl read both, but we had no cluster. To replace the token, delete `/oauth2/device.sh` on the volume first.',
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
