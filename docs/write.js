// Writes the documents that are made from the code's own tables: `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { envExample, withSettingsTable } from '../dist/config/document.js'
import { troubleshootingDocument } from '../dist/knowledge/causes/document.js'

const README = new URL('../README.md', import.meta.url)

writeFileSync(new URL('troubleshooting.md', import.meta.url), troubleshootingDocument())
writeFileSync(new URL('../.env.example', import.meta.url), envExample())
writeFileSync(README, withSettingsTable(readFileSync(README, 'utf8')))
