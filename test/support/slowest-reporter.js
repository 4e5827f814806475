import { relative } from 'node:path'

const SHOWN = 10

/** Names the ten slowest test files at the end of a run with more files than that. */
export default class SlowestReporter {
  /** @param {unknown} _contexts @param {import('@jest/reporters').AggregatedResult} results */
  onRunComplete(_contexts, { testResults }) {
    if (testResults.length <= SHOWN) return
    const files = testResults.map(({ testFilePath, perfStats: { start, end } }) => ({ testFilePath, ms: end - start }))
    files.sort((a, b) => b.ms - a.ms)
    const lines = files
      .slice(0, SHOWN)
      .map(({ testFilePath, ms }) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${relative('', testFilePath)}`)
    console.log(['The slowest test files:', ...lines].join('\n'))
  }
}
