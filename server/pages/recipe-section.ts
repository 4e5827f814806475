import { downloadName, slugOf } from '../device-config/file-name.js'
import { FORMATS } from '../device-config/formats.js'
import type { Place } from '../device-config/places.js'
import { PROGRAMS } from '../device-config/programs.js'
import type { Code, Ingredients, Part } from '../device-config/recipes/recipe.js'
import { recipeFor } from '../device-config/recipes.js'
import { type DeviceFile, deviceFiles, type ProgramFile, programFile, type Written } from './device-files.js'
import { type ProsePiece, prose } from './prose.js'

/** A part of a recipe, with its files written out. */
export interface RecipePart {
  id: string
  title: string
  /** Ids of the formats and programs that it shows. */
  shown: string[]
  files: DeviceFile[]
  /** Files that are the same as one further up. */
  again: string[]
  programs: ProgramFile[]
  text: ProsePiece[] | null
  code: (Code & { id: string })[]
  notRun: ProsePiece[] | null
}

export interface RecipeStep extends RecipePart {
  ways: RecipePart[]
}

/** The steps for one place, with this user's values. Every file is drawn once, where it is needed first. */
export function recipeSection(place: Place, written: Written): RecipeStep[] {
  const drawn = new Set<string>()
  return recipeFor(place)
    .steps(ingredients(written))
    .map((step, i) => ({
      ...recipePart(step, `step-${i + 1}`, written, drawn),
      ways: (step.ways ?? []).map((way, j) => lighter(recipePart(way, `way-${i + 1}-${j + 1}`, written, drawn))),
    }))
}

/** Leaves out the lines to paste where no program of ours reads the file: such lines can't be compressed. */
const lighter = (way: RecipePart): RecipePart =>
  way.programs.length > 0 ? way : { ...way, files: way.files.map((file) => ({ ...file, paste: null })) }

function recipePart(part: Part, id: string, written: Written, drawn: Set<string>): RecipePart {
  const wanted = (part.files ?? []).filter((file) => !drawn.has(file))
  for (const file of wanted) drawn.add(file)
  const files = deviceFiles(
    FORMATS.filter((format) => wanted.includes(format.id)),
    written,
  )
  const [fresh, again] = [
    files.filter((file) => !drawn.has(content(file))),
    files.filter((file) => drawn.has(content(file))),
  ]
  for (const file of fresh) drawn.add(content(file))
  return {
    id,
    title: part.title,
    shown: wanted,
    files: fresh,
    again: again.map(({ downloads }) => downloads[0]?.file ?? ''),
    programs: PROGRAMS.filter((program) => wanted.includes(program.id)).map((program) => programFile(program, written)),
    text: part.text === undefined ? null : prose(part.text),
    code: (part.code ?? []).map((code, i) => ({ ...code, id: `${id}-code-${i + 1}` })),
    notRun: part.notRun === undefined ? null : prose(part.notRun),
  }
}

/** The name and all bytes, by their check sum; a file that can't be written is itself. */
const content = ({ id, problem, paste, downloads }: DeviceFile): string =>
  problem || paste === null || downloads.length > 1 ? id : paste.sum

function ingredients({ fields, about, label }: Written): Ingredients {
  const slug = slugOf(label ?? '')
    .slice(0, 24)
    .replace(/-+$/, '')
  const { hostname, port } = new URL(fields.token_endpoint)
  return {
    name: `oauth2-${slug || 'device'}`,
    saved: (file) => downloadName(file, label),
    usage: fields.refresh_token_usage,
    method: fields.token_endpoint_auth_method,
    hour: Number.parseInt(about.fingerprint.slice(0, 4), 16) % 24,
    minute: Number.parseInt(about.fingerprint.slice(4), 16) % 60,
    tokenHost: `${hostname}:${port || 443}`,
  }
}
