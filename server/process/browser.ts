import { spawn } from 'node:child_process'

/** The program that opens a web page, by platform. */
const OPENERS: Partial<Record<NodeJS.Platform, [program: string, ...args: string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Opens a page in the person's browser; resolves to why that failed, or to null. */
export function openBrowser(url: string): Promise<string | null> {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(`No browser could be opened here (${program} is missing). Open ${url} yourself.`))
    child.once('spawn', () => {
      child.unref()
      resolve(null)
    })
  })
}
