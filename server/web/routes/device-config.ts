import { type Request, type Response, Router } from 'express'
import { aboutDeviceConfig, deviceConfigFields } from '../../device-config/device-config.js'
import { downloadName } from '../../device-config/file-name.js'
import type { Format } from '../../device-config/formats/format.js'
import { FORMATS, writeDeviceConfig } from '../../device-config/formats.js'
import { cantStore } from '../../device-config/one-time.js'
import { PROGRAMS, readProgram } from '../../device-config/programs.js'
import { AppError } from '../../errors.js'
import { providerFacts } from '../../provider/facts.js'
import type { StoredEntry } from '../../tokens/entries.js'
import type { Download } from '../../tokens/entry.js'
import { refreshTokenUsage } from '../../tokens/usage.js'
import { methodNotAllowed } from '../guards.js'
import { chooseToken, requireLogin, tokenOf } from '../require-login.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** One line of the list: a format or a program, and why it can't be had just now. */
export interface ListedFormat {
  id: string
  title: string
  file: string
  kind: 'config' | 'program'
  available: boolean
  reason: string | null
  /** Set where the place can't store the token that a refresh brings: why, and what to do instead. */
  warning: string | null
}

/** Hand-overs that are remembered of one token set. */
const REMEMBERED = 20

/** The files for the device. */
export function deviceConfigRoutes(site: Site): Router {
  const { config, provider, refresher, audit, now } = site

  const write = (format: Format, { entry, label }: StoredEntry): string =>
    writeDeviceConfig(
      format,
      deviceConfigFields(config, providerFacts(provider), entry),
      aboutDeviceConfig(entry, now(), label),
    )

  function list(req: Request, res: Response): void {
    const stored = tokenOf(req)
    const formats = FORMATS.map((format) =>
      listed(
        format,
        reasonNot(() => write(format, stored)),
        cantStore(format, refreshTokenUsage(stored.entry, providerFacts(provider).preset)),
      ),
    )
    res.json([...formats, ...PROGRAMS.map((program) => listed(program, null, null))])
  }

  async function download(req: Request, res: Response): Promise<void> {
    const stored = tokenOf(req)
    const program = PROGRAMS.find(({ id }) => id === req.params.format)
    if (program) return attach(res, program, await readProgram(program))
    const format = FORMATS.find(({ id }) => id === req.params.format)
    if (!format) throw unknownFormat()
    const text = write(format, stored)
    // A script that shows it first asks for JSON; what leaves as a file is remembered, so that a second copy can be warned of.
    if (wantsJson(req)) return void res.json({ id: format.id, file: format.file, text })
    await audit(
      'device_config',
      req,
      () => recordDownload(stored, format),
      () => ({ format: format.id }),
    )
    attach(res, { ...format, file: downloadName(format.file, stored.label) }, text)
  }

  async function recordDownload(stored: StoredEntry, format: Format): Promise<void> {
    const { fingerprint } = aboutDeviceConfig(stored.entry, now())
    const download: Download = {
      format: format.id,
      file: downloadName(format.file, stored.label),
      fingerprint,
      at: now(),
    }
    await refresher.change(stored, (entry) => ({
      ...entry,
      downloads: [...entry.downloads, download].slice(-REMEMBERED),
      ...(stored.entry.refresh_token && { downloaded_refresh_token: stored.entry.refresh_token }),
    }))
  }

  const choose = chooseToken(site)
  const routes = Router()
  routes.route('/profile/device-config').get(requireLogin, choose, list).all(methodNotAllowed('GET'))
  routes.route('/profile/device-config/:format').get(requireLogin, choose, download).all(methodNotAllowed('GET'))
  return routes
}

type Listable = Pick<ListedFormat, 'id' | 'title' | 'file' | 'kind'>

const listed = ({ id, title, file, kind }: Listable, reason: string | null, warning: string | null): ListedFormat => ({
  id,
  title,
  file,
  kind,
  available: reason === null,
  reason,
  warning,
})

function reasonNot(write: () => unknown): string | null {
  try {
    write()
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}

function attach(res: Response, { file, media_type }: { file: string; media_type: string }, text: string): void {
  res.setHeader('Content-Type', `${media_type}; charset=utf-8`)
  res.setHeader('Content-Disposition', `attachment; filename="${file}"`)
  res.send(text)
}

const unknownFormat = () =>
  new AppError('unknown_format', 'No device config has that name.', {
    hint: `Use one of: ${[...FORMATS, ...PROGRAMS].map(({ id }) => id).join(', ')}.`,
  })
