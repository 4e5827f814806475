/**
 * What a test has started ends with the test, also when it fails: a helper that starts something hands its end to `closeLater`.
 * What was started outside a test (in a `beforeAll`) ends with the file. Outside Jest nothing is closed here.
 */

/** @typedef {() => Promise<void>} Close */

/** @type {Close[]} */
const ofFile = []
/** @type {Close[]} */
let ofTest = []
let open = ofFile

/**
 * Closes at the end of the running test, or of the file, what has not been closed by then.
 *
 * @param {() => unknown} close
 * @returns {Close} closes now; however often it is called, it closes once
 */
export function closeLater(close) {
  /** @type {Promise<void> | undefined} */
  let closing
  const once = () => {
    closing ??= (async () => void (await close()))()
    return closing
  }
  open.push(once)
  return once
}

export function beginTest() {
  ofTest = []
  open = ofTest
}

export async function endTest() {
  open = ofFile
  await closeAll(ofTest)
}

export const endFile = () => closeAll(ofFile)

/** The last one first: an app goes before its provider. All are closed, then the first failure is thrown. */
async function closeAll(/** @type {Close[]} */ list) {
  /** @type {unknown[]} */
  const failures = []
  for (const close of list.splice(0).reverse()) await close().catch((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}
