/**
 * One protection, and what is left of a file without it.
 * @typedef {object} Mutant
 * @property {string} file
 * @property {string} takes text that is in the file once
 * @property {string} puts what is written in its place
 * @property {string} why what becomes possible
 * @property {string} test the file of the test that must fail
 * @property {string} name what the test's name matches, as a regular expression
 */

/**
 * Edits that one test notices.
 * @param {string} test @param {string} name
 * @param {[file: string, takes: string, puts: string, why: string][]} edits
 * @returns {Mutant[]}
 */
export const noticedBy = (test, name, edits) =>
  edits.map(([file, takes, puts, why]) => ({ file, takes, puts, why, test, name }))
