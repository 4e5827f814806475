/** The browser's address, the port in it, and where this process listens. */
export interface Reach {
  baseUrl: string
  /** The port in `baseUrl`. */
  browserPort: string
  /** Where this process listens, e.g. `localhost:3000`. */
  listener: string
  /** The port this process listens on. */
  port: number
}

/** A kind of machine whose localhost is not the localhost of the person's browser, and the command that connects the two. */
export interface Place {
  name: string
  advice: (reach: Reach) => string[]
}

type Env = Record<string, string | undefined>

/** One entry for each place, the innermost first: a dev container may itself run over SSH. */
const PLACES: ((env: Env) => Place | null)[] = [
  (env) =>
    env.CODESPACES === 'true'
      ? {
          name: 'Codespace',
          advice: ({ baseUrl, browserPort, port }) => [
            `${forwardedAddress(env, port)} is not BASE_URL, so a sign-in there can't end.`,
            'On your own computer, keep this running and open the address above:',
            `gh codespace ports forward ${port}:${browserPort}${env.CODESPACE_NAME ? ` -c ${env.CODESPACE_NAME}` : ''}`,
            `(VS Code on your computer forwards the port by itself: ${baseUrl})`,
          ],
        }
      : null,

  (env) =>
    env.REMOTE_CONTAINERS === 'true'
      ? {
          name: 'Dev container',
          advice: ({ browserPort, port }) => [
            port === Number(browserPort)
              ? `Forward port ${port} in the Ports view, to the same number, and open the address above.`
              : `Forward port ${port} in the Ports view, to local port ${browserPort}, and open the address above.`,
          ],
        }
      : null,

  (env) =>
    env.WSL_DISTRO_NAME
      ? {
          name: 'WSL',
          advice: ({ baseUrl }) => ["Open it in Windows' browser with:", `explorer.exe ${baseUrl}`],
        }
      : null,

  (env) =>
    env.SSH_CONNECTION || env.SSH_TTY
      ? {
          name: 'Over SSH',
          advice: ({ browserPort, listener }) => [
            'On your own computer, keep this running and open the address above:',
            `ssh -L ${browserPort}:${listener} ${sshDestination(env)}`,
          ],
        }
      : null,
]

/** Finds where this process runs; null on the person's own machine. */
export function placeFrom(env: Env): Place | null {
  for (const recognise of PLACES) {
    const place = recognise(env)
    if (place) return place
  }
  return null
}

/** `SSH_CONNECTION` is "client-address client-port server-address server-port". */
function sshDestination(env: Env): string {
  const [, , address, port] = (env.SSH_CONNECTION ?? '').split(' ')
  const user = env.USER || env.LOGNAME || 'USER'
  const host = address?.replace(/^::ffff:(?=\d+\.)/, '') || 'THIS-MACHINE'
  return `${port && port !== '22' ? `-p ${port} ` : ''}${user}@${host}`
}

function forwardedAddress(env: Env, port: number): string {
  const { CODESPACE_NAME: name, GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: domain = 'app.github.dev' } = env
  return name ? `https://${name}-${port}.${domain}` : "The codespace's forwarded address"
}
