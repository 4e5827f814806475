import { readFile, writeFile } from 'node:fs/promises'

/** What one reader gave back of one format. */
export interface Row {
  format: string
  reader: string
  /** Hostile values there are. */
  values: number
  /** Those that the format refuses. */
  refused: number
  /** The others, each in five fields (where a reader takes a process a file: in one, and each character in five). */
  tried: number
  back: number
  version: string
}

const PAGE = new URL('../../docs/device-configs.md', import.meta.url)
const HEAD = `| format | reader | hostile values | refused | tried | came back | measured with |
|---|---|---:|---:|---:|---:|---|`

const measured = ({ format, reader, values, refused, tried, back }: Row) =>
  `| \`${format}\` | ${reader} | ${values} | ${refused} | ${tried} | ${back} |`

/** Those rows that the page does not show as they were measured, whatever the reader's version. (The formatter pads tables.) */
export async function missingFromTable(rows: readonly Row[]): Promise<string[]> {
  const page = (await readFile(PAGE, 'utf8')).replace(/ +/g, ' ')
  return rows.map(measured).filter((row) => !page.includes(row))
}

/** Puts these rows between the page's two marks. */
export async function writeTable(rows: readonly Row[]): Promise<void> {
  const page = await readFile(PAGE, 'utf8')
  const table = [HEAD, ...rows.map((row) => `${measured(row)} ${row.version} |`)].join('\n')
  await writeFile(
    PAGE,
    page.replace(/(?<=<!-- readers -->\n).*(?=<!-- end -->)/s, () => `\n${table}\n\n`),
  )
}
