import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Contestant
 * @property {string} id
 * @property {string} title
 * @property {string} folder where its package.json is
 * @property {string} program what node is given
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

/** Who is measured; the others are told as ratios to the floor. @type {Contestant[]} */
export const CONTESTANTS = [
  { id: 'app', title: 'this app', folder: here('..'), program: 'dist/main.js' },
  { id: 'floor', title: 'the floor', folder: here('floor'), program: 'app.js' },
  { id: 'auth0', title: 'express-openid-connect', folder: here('auth0'), program: 'app.js' },
]
