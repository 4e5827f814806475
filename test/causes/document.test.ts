import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { CAUSES } from '../../server/knowledge/causes/causes.js'
import { troubleshootingDocument } from '../../server/knowledge/causes/document.js'
import { PRESETS } from '../../server/knowledge/presets.js'

describe('docs/troubleshooting.md', () => {
  it('is the table of causes, as `npm run docs` writes it', () => {
    expect(readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8')).toBe(
      troubleshootingDocument(),
    )
  })

  it('holds every cause once, under its provider', () => {
    const rows = troubleshootingDocument()
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| error'))
    expect(rows).toHaveLength(CAUSES.length)
    for (const cells of rows.map((line) => line.split(' | '))) expect(cells).toHaveLength(4)
  })

  it('has a section for every provider, and no empty table', () => {
    const document = troubleshootingDocument()
    expect(document).not.toMatch(/\|---\|\n(?!\| )/)
    for (const { id, name } of PRESETS.filter((preset) => preset.id !== 'generic')) {
      expect([id, document.includes(`\n## ${name}\n`)]).toEqual([id, true])
    }
  })
})
