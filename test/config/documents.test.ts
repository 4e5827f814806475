import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { loadConfig } from '../../server/config/config.js'
import { envExample, withSettingsTable } from '../../server/config/document.js'

// Where one of the first two fails: npm run docs.
describe('the table of options', () => {
  it('is what .env.example says', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(envExample())
  })

  it('is what the README says', () => {
    const readme = readFileSync('README.md', 'utf8')
    expect(readme).toBe(withSettingsTable(readme))
  })

  it('changes nothing when every line of .env.example is used unchanged', () => {
    const dotenv = envExample().replace(/^# (?=\w+=)/gm, '')
    const randomSecret = () => 'made up'
    expect(dotenv).toMatch(/^PORT=3000$/m)
    const { envFile: _, ...config } = loadConfig({}, { dotenv: { path: '.env', text: dotenv }, randomSecret })
    expect(loadConfig({}, { randomSecret })).toMatchObject(config)
  })

  it('begins with the three settings that everyone needs', () => {
    const names = [...envExample().matchAll(/^# (\w+)=/gm)].map(([, name]) => name)
    expect(names.slice(0, 3)).toEqual(['OAUTH2_ISSUER', 'OAUTH2_CLIENT_ID', 'OAUTH2_CLIENT_SECRET'])
  })
})
