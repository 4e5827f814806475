import { get } from 'node:http'
import { loadConfig } from './config/config.js'
import { readDotenv } from './config/dotenv.js'

/** Checks the container's health: exits with 0 while the app answers at its own address. */
const { host, port, baseUrl } = loadConfig(process.env, { dotenv: readDotenv() })
const everywhere = host === null || host === '0.0.0.0' || host === '::'

get({ host: everywhere ? '127.0.0.1' : host, port, path: '/healthz', headers: { host: new URL(baseUrl).host } })
  .on('response', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('error', ({ message }) => {
    process.stderr.write(`${message}\n`)
    process.exit(1)
  })
