import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unescaped } from '../../pages/fixtures.js'
import type { Visitor } from '../../support/visitor.js'

/** A recipe as its reader sees it. */
export interface RecipePage {
  html: string
  /** What "Copy the …" copies, by the id of its element. */
  code: Record<string, string>
  /** Everything that a step shows for copying, its first way aside. */
  step(number: number): string
  /** Where the files were saved that this recipe offers, by their names. */
  folder: string
}

/** Opens a place's recipe, and downloads these files into a folder of their own. */
export async function recipePage(visitor: Visitor, place: string, files: readonly string[]): Promise<RecipePage> {
  const { text: html } = await visitor.get(`/profile?place=${place}`)
  const blocks = html.matchAll(/<pre id="((?:step|way)-[\w-]+)"[^>]*>([\s\S]*?)<\/pre>/g)
  const code = Object.fromEntries([...blocks].map(([, id, text = '']) => [id, unescaped(text)]))
  const folder = await mkdtemp(join(tmpdir(), 'recipe-'))
  for (const id of files) {
    const [, href] = new RegExp(`href="(/profile/device-config/${id}\\?id=[\\w-]+)" download`).exec(html) ?? []
    if (href === undefined) throw new Error(`${place} does not offer ${id}`)
    const { headers, text } = await visitor.get(href)
    const name = /filename="(.+)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? ''
    await writeFile(join(folder, name), text)
  }
  const step = (number: number) =>
    Object.entries(code)
      .filter(([id]) => id.startsWith(`step-${number}-`))
      .map(([, text]) => text)
      .join('\n')
  return { html, code, folder, step }
}
