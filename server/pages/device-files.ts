import { cksum } from '../device-config/cksum.js'
import type { About, DeviceConfigFields } from '../device-config/fields.js'
import { downloadName } from '../device-config/file-name.js'
import { type Format, type Piece, textOf } from '../device-config/formats/format.js'
import { deviceConfigPieces } from '../device-config/formats.js'
import { cantStore } from '../device-config/one-time.js'
import type { Program } from '../device-config/programs.js'
import { AppError } from '../errors.js'
import { fitsRepeated, withoutLongTokens } from './bounded.js'

/** What a page's files are written from. */
export interface Written {
  fields: DeviceConfigFields
  about: About
  label: string | null
  /** The address of a format's or program's download. */
  href(id: string): string
}

/** A link that downloads. */
export interface Download {
  id: string
  title: string
  /** The name it is saved by. */
  file: string
  href: string
}

/** A file for the chosen place: its text, under each of the names that it goes by. */
export interface DeviceFile {
  /** Names the element that holds the text. */
  id: string
  file: string
  /** More than one where their readers take the same lines. */
  downloads: Download[]
  pieces: Piece[]
  /** How to add the lines to a file that the place has already. */
  append: string | null
  /** Why the token is too long for a reader. */
  tooLong: string[]
  /** What to do instead where the place can't store the token that comes back. */
  cantStore: string | null
  /** null where the token is too long for a page to repeat it. */
  paste: Paste | null
  /** Why this file can't be written; the text is empty then. */
  problem: { message: string; hint: string | null } | null
}

/** The file as lines that a terminal takes: many cut longer ones, and what is typed as a here-document stays in the history. */
export interface Paste {
  /** The name that it gets there: that of the download, since later steps use it. */
  file: string
  command: string
  lines: string
  /** What `cksum FILE` prints when all arrived. */
  sum: string
}

/** The five that read lines of `NAME=value`: where no value needs quotes, they are the same lines. */
const ENVIRONMENT = ['dotenv', 'env-file', 'systemd', 'sh', 'compose']

/** Writes these formats out; those that come to the same lines are one file. */
export function deviceFiles(formats: readonly Format[], written: Written): DeviceFile[] {
  const files: DeviceFile[] = []
  const known = new Map<string, DeviceFile>()
  for (const format of formats) {
    const { pieces, problem } = write(format, written)
    const lines = problem === null ? linesOf(format, pieces) : format.id
    const file = known.get(lines) ?? newFile(format, pieces, problem, written)
    if (!known.has(lines)) files.push(file)
    known.set(lines, file)
    addDownload(file, configDownload(format, written))
    file.tooLong.push(...tooLong(format.maxTokenLength, written.fields))
  }
  return files
}

/** One name with the same lines is one download, for both readers. */
function addDownload({ downloads }: DeviceFile, download: Download): void {
  const same = downloads.find(({ file }) => file === download.file)
  if (same) same.title += `, ${download.title}`
  else downloads.push(download)
}

/** Two files with the same lines are one, if they say the same about storing. */
function linesOf(format: Format, pieces: Piece[]): string {
  if (!ENVIRONMENT.includes(format.id)) return format.id
  return `${format.writesBack === true} ${textOf(pieces).replace(/^(#.*\n|export )/gm, '')}`
}

const newFile = (format: Format, pieces: Piece[], problem: DeviceFile['problem'], written: Written): DeviceFile => ({
  id: `file-${format.id}`,
  file: format.file,
  downloads: [],
  pieces: withoutLongTokens(pieces.filter(({ text }) => text !== '')),
  append: format.append ?? null,
  tooLong: [],
  cantStore: cantStore(format, written.fields.refresh_token_usage),
  paste: fitsRepeated(written.fields.refresh_token)
    ? paste(downloadName(format.file, written.label), textOf(pieces))
    : null,
  problem,
})

function write(format: Format, { fields, about }: Written): Pick<DeviceFile, 'pieces' | 'problem'> {
  try {
    return { pieces: deviceConfigPieces(format, fields, about), problem: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { pieces: [], problem: { message: error.message, hint: error.hint } }
  }
}

const paste = (file: string, text: string): Paste => ({
  file,
  command: `umask 077; base64 -d > ${file}`,
  lines: Buffer.from(text)
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n'),
  sum: `${cksum(text)} ${file}`,
})

export const configDownload = (
  { id, title, file }: Format,
  { label, href }: Pick<Written, 'label' | 'href'>,
): Download => ({
  id,
  title,
  file: downloadName(file, label),
  href: href(id),
})

/** A program to download, which is the same for everyone. */
export interface ProgramFile extends Download {
  tooLong: string[]
}

export const programFile = ({ id, title, file, maxTokenLength }: Program, { fields, href }: Written): ProgramFile => ({
  id,
  title,
  file,
  href: href(id),
  tooLong: tooLong(maxTokenLength, fields),
})

function tooLong(most: { characters: number; reason: string } | undefined, fields: DeviceConfigFields): string[] {
  const { length } = fields.refresh_token
  if (most === undefined || length <= most.characters) return []
  return [`The token has ${length} characters, and at most ${most.characters} fit. ${most.reason}`]
}
