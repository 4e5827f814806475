// Writes the documents that are made from the code's own tables: `npm run docs`.
import { writeFileSync } from 'node:fs'
import { troubleshootingDocument } from '../dist/causes/document.js'

writeFileSync(new URL('troubleshooting.md', import.meta.url), troubleshootingDocument())
