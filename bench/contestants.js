import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Contestant
 * @property {string} id
 * @property {string} title
 * @property {string} folder where its package.json is
 * @property {string} program what node is given
 * @property {boolean} [redis] keeps its sessions there
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

/** @type {Contestant} */
export const APP = { id: 'app', title: 'this app', folder: here('..'), program: 'dist/main.js' }
/** @type {Contestant} */
export const FLOOR = { id: 'floor', title: 'the floor', folder: here('floor'), program: 'app.js' }
/** @type {Contestant} */
const AUTH0 = { id: 'auth0', title: 'express-openid-connect', folder: here('auth0'), program: 'app.js' }
/** @type {Contestant} */
const ORIGINAL = { id: 'original', title: "the original's design", folder: here('original'), program: 'app.js' }

/** Who is measured. Goals are for the first one. */
export const IN_MEMORY = [APP, AUTH0, FLOOR, ORIGINAL]
export const IN_REDIS = [
  { ...APP, id: 'app-redis', title: 'this app, in Redis', redis: true },
  { ...APP, title: 'this app, in memory' },
  { ...FLOOR, id: 'floor-redis', title: 'the floor, in Redis', redis: true },
]
