import { readFileSync } from 'node:fs'

/** A fenced block of a page: its language, and the heading that it is under. */
export interface Block {
  language: string
  section: string
  text: string
}

/** Reads every fenced block of docs/shared-site.md, in order. */
export function blocks(): Block[] {
  const found: Block[] = []
  let section = ''
  let open: Block | null = null
  for (const line of readFileSync(new URL('../../../docs/shared-site.md', import.meta.url), 'utf8').split('\n')) {
    const fence = /^ *```(\w*)$/.exec(line)
    if (fence && open) {
      found.push(open)
      open = null
    } else if (fence) open = { language: fence[1] ?? '', section, text: '' }
    else if (open) open.text += `${line}\n`
    else if (line.startsWith('## ')) section = line.slice(3)
  }
  return found
}
