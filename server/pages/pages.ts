import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'
import type { Check } from '../findings/check.js'
import type { ArrivalPage } from './arrival-page.js'
import type { CheckBegin, CheckOutcome } from './check-page.js'
import { collapse } from './collapse.js'
import type { ErrorPage } from './error-page.js'
import type { HomePage } from './home-page.js'
import type { ListPage } from './list-page.js'
import type { ProfilePage } from './profile-page.js'

/** Every page, compiled once at the start: given its data, it returns HTML. */
export interface Pages {
  home(page: HomePage): string
  arrival(page: ArrivalPage): string
  profile(page: ProfilePage): string
  tokens(page: ListPage): string
  /** The set-up check is sent piece by piece: its head, each result as it comes, the outcome with the foot. */
  checkBegin(page: CheckBegin): string
  checkResult(check: Check): string
  checkEnd(page: CheckOutcome): string
  error(page: ErrorPage): string
}

/** What every view is given beside its page. */
export interface Site {
  /** The URL of a file of public/. */
  asset: (file: string) => string
  /** The tokens come from the embedded demo provider. */
  demo: boolean
}

/** A view sees `page` and `site` and nothing else: no request, no settings. */
export function loadPages(folder: string, site: Site): Pages {
  const views = new Map<string, string>()
  const collapsed = (filename: string) => {
    const view = views.get(filename) ?? collapse(readFileSync(filename, 'utf8'))
    views.set(filename, view)
    return view
  }
  const compile = (name: string) => {
    const filename = join(folder, `${name}.ejs`)
    const render = ejs.compile(collapsed(filename), {
      filename,
      // A partial named from here is not looked for in the file system at each page.
      root: folder,
      strict: true,
      _with: false,
      localsName: 'view',
      destructuredLocals: ['page', 'site'],
      rmWhitespace: true,
      // Partials, too: without a cache each one is read and compiled again for every page.
      cache: true,
      includer: (_name, path) => ({ template: collapsed(path) }),
    })
    return (page: unknown) => render({ page, site })
  }
  return {
    home: compile('home'),
    arrival: compile('arrival'),
    profile: compile('profile'),
    tokens: compile('tokens'),
    checkBegin: compile('check/begin'),
    checkResult: compile('check/result'),
    checkEnd: compile('check/end'),
    error: compile('error'),
  }
}
