import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip, type ZlibOptions } from 'node:zlib'
import { type RequestHandler, Router } from 'express'
import { methodNotAllowed } from './guards.js'

/** Serves the files of public/, read and compressed once. Each file's name has its hash, so a browser can cache it for ever. */
export interface Assets {
  /** The URL of a file, e.g. `style.css` → `/assets/style.1a2b3c4d.css`. */
  url(file: string): string
  routes: Router
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
}

interface Asset {
  type: string
  plain: Buffer
  encoded: Partial<Record<Encoding, Promise<Buffer>>>
}

/** The highest level of each, because a file is compressed only once, at its first request. */
const ENCODINGS = {
  br: promisify<Buffer, Buffer>(brotliCompress),
  gzip: (plain: Buffer) => promisify<Buffer, ZlibOptions, Buffer>(gzip)(plain, { level: 9 }),
}

type Encoding = keyof typeof ENCODINGS

const encode = (asset: Asset, encoding: Encoding): Promise<Buffer> => {
  asset.encoded[encoding] ??= ENCODINGS[encoding](asset.plain)
  return asset.encoded[encoding]
}

export async function loadAssets(folder: string): Promise<Assets> {
  const urls = new Map<string, string>()
  const assets = new Map<string, Asset>()
  for (const file of await readdir(folder)) {
    const extension = extname(file)
    const type = TYPES[extension]
    if (!type) continue
    const plain = await readFile(join(folder, file))
    const hash = createHash('sha256').update(plain).digest('hex').slice(0, 8)
    const url = `/assets/${file.slice(0, -extension.length)}.${hash}${extension}`
    urls.set(file, url)
    assets.set(url, { type, plain, encoded: {} })
  }

  const send: RequestHandler = async (req, res, next) => {
    const asset = assets.get(req.path)
    if (!asset) return next('route')
    const encoding = (['br', 'gzip'] as const).find((one) => req.acceptsEncodings(one))
    const body = encoding ? await encode(asset, encoding) : asset.plain
    res.setHeader('Content-Type', asset.type)
    res.setHeader('Cache-Control', 'public, max-age=31536000, immutable')
    res.setHeader('Vary', 'Accept-Encoding')
    if (encoding) res.setHeader('Content-Encoding', encoding)
    res.end(body)
  }

  const routes = Router()
  routes.route('/assets/:file').get(send).all(methodNotAllowed('GET'))
  // Browsers request this name without a link to it.
  routes.get('/favicon.ico', (_req, res) => res.redirect(301, urls.get('icon.svg') ?? '/'))

  return {
    url(file) {
      const url = urls.get(file)
      if (url === undefined) throw new Error(`public/${file} is missing`)
      return url
    },
    routes,
  }
}
