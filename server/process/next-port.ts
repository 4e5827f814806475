import { ListenError, listen } from './listen.js'

const TRIES = 100

/** The first port from this one on that is free on both loopback addresses. @throws ListenError when none is */
export async function nextFreePort(first: number): Promise<number> {
  for (let port = first; ; port++) {
    try {
      const servers = await listen({ handler: (_req, res) => void res.destroy() }, null, port)
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
      return port
    } catch (error) {
      if (!(error instanceof ListenError) || port - first >= TRIES) throw error
    }
  }
}
