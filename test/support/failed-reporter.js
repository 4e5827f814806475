import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'

/** Writes the paths of the files that failed, one a line, into the file that FAILED_FILES names (scripts/test.js). */
export default class FailedReporter {
  /** @param {unknown} _contexts @param {import('@jest/reporters').AggregatedResult} results */
  onRunComplete(_contexts, { testResults }) {
    const { FAILED_FILES } = process.env
    if (FAILED_FILES === undefined) return
    const failed = testResults.filter(({ numFailingTests, testExecError }) => numFailingTests > 0 || testExecError)
    writeFileSync(FAILED_FILES, failed.map(({ testFilePath }) => relative('', testFilePath)).join('\n'))
  }
}
