import { pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'

/** @typedef {import('./faulty-provider.js').Misbehaviour} Misbehaviour */

/** What a hostile answer would bring in. */
export const EVIL = 'EVIL-token-of-a-stranger'
const TOKENS = { token_type: 'Bearer', access_token: EVIL, refresh_token: EVIL, expires_in: 300 }

/**
 * Exactly this answer.
 * @param {number} status @param {string | Buffer} body @param {Record<string, string>} [headers]
 * @returns {Misbehaviour}
 */
export const says =
  (status, body, headers = {}) =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)

/** A JSON answer. @param {unknown} body @param {number} [status] @param {Record<string, string>} [headers] */
export const saysJson = (body, status = 200, headers = {}) => says(status, JSON.stringify(body), headers)

/** A token answer, sound but for these members. @param {Record<string, unknown>} members */
export const saysTokens = (members) => saysJson({ ...TOKENS, ...members })

/** Takes the request and never answers. @type {Misbehaviour} */
export const silence = () => {}

/** A byte every 200 ms, for ever. @type {Misbehaviour} */
export const drip = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 200)
  response.on('close', () => clearInterval(timer))
}

/** RST instead of an answer. @type {Misbehaviour} */
export const resetBefore = (response) => void response.socket?.resetAndDestroy()

/** RST in mid-body. @type {Misbehaviour} */
export const resetMidBody = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
  response.write('{"token_type":"Bearer","access_token":"half of')
  setTimeout(() => response.socket?.resetAndDestroy(), 30)
}

/** Ends the connection orderly, long before the promised length. @type {Misbehaviour} */
export const halfAnAnswer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
  response.write('{"token_type":"Bearer"')
  setTimeout(() => response.socket?.end(), 30)
}

const MEBIBYTE = Buffer.alloc(1024 * 1024, 'x')

/** The beginning of a token answer, and an access token of 200 MiB. */
function* tokensWithoutEnd() {
  yield '{"token_type":"Bearer","access_token":"'
  for (let sent = 0; sent < 200; sent += 1) yield MEBIBYTE
  yield '"}'
}

const cutOff = () => {}

/** 200 MiB of JSON. @type {Misbehaviour} */
export const huge = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  pipeline(tokensWithoutEnd, response, cutOff)
}

/** 200 KB on the wire, 200 MiB unpacked. @type {Misbehaviour} */
export const gzipBomb = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
  pipeline(tokensWithoutEnd, createGzip(), response, cutOff)
}

/** A redirect to where tokens would be had. @param {number} status @returns {Misbehaviour} */
export const redirect = (status) => (response, received) =>
  void response
    .writeHead(status, { location: `http://${received.headers.host}/elsewhere`, 'content-type': 'application/json' })
    .end(JSON.stringify(TOKENS))

/** Two chunks that part a letter of three bytes. @param {Record<string, unknown>} members @returns {Misbehaviour} */
export const splitLetter = (members) => (response) => {
  const bytes = Buffer.from(JSON.stringify(members))
  const at = bytes.findIndex((byte) => byte > 0x7f) + 1
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write(bytes.subarray(0, at))
  setTimeout(() => response.end(bytes.subarray(at)), 50)
}

/** Answers after a while, as a sound provider would. @param {number} milliseconds @param {Misbehaviour} sound @returns {Misbehaviour} */
export const late = (milliseconds, sound) => (response, received) =>
  void setTimeout(() => sound(response, received), milliseconds)

/** Does what was asked for, and the answer is lost on the way. @param {Misbehaviour} sound @returns {Misbehaviour} */
export const answerLost = (sound) => (response, received) => {
  const { socket } = response
  response.end = /** @type {any} */ (() => socket?.resetAndDestroy())
  sound(response, received)
}
