import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { importGraph } from './import-graph.js'

describe('the house', () => {
  const graph = importGraph('server')

  it('has no circle, between files or between folders', () => {
    expect(graph.fileCircles).toEqual([])
    expect(graph.folderCircles).toEqual([])
  })

  it('has few loose files, and small ones', () => {
    expect(graph.loose.length).toBeLessThanOrEqual(10)
    expect(graph.median).toBeLessThanOrEqual(60)
    expect(graph.longest[1]).toBeLessThanOrEqual(200)
  })

  it('has a map in CONTRIBUTING.md that names every folder', () => {
    const map = readFileSync('CONTRIBUTING.md', 'utf8')
    const folders = readdirSync('server', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `server/${name}`)
    for (const folder of folders) expect(map).toContain(`\`${folder}/\``)
  })

  it.each([
    ['server/tokens/x.ts', "import '../web/site.js'"],
    ['server/provider/x.ts', "import type { Entry } from '../tokens/entry.js'\nexport type X = Entry"],
    ['server/pages/x.ts', "import 'express'"],
    ['server/check/x.ts', "import 'passport-oauth2'"],
    ['server/config/x.ts', "import '../app.js'"],
    ['server/web/x.ts', "import '../commands/serve.js'"],
    ['server/commands/x.ts', "import '../web/site.js'"],
  ])('refuses in %s: %s', (file, text) => {
    const copy = mkdtempSync(join(tmpdir(), 'lint-'))
    try {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      writeFileSync(join(copy, file), `${text}\n`)
      copyFileSync('biome.json', join(copy, 'biome.json'))
      const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url))
      const options = { cwd: copy, encoding: 'utf8' } as const
      const { status, stdout, stderr } = spawnSync(biome, ['lint', '--vcs-enabled=false', file], options)
      expect(`${stdout}${stderr}`).toContain('noRestrictedImports')
      expect(status).not.toBe(0)
    } finally {
      rmSync(copy, { recursive: true })
    }
  })
})
