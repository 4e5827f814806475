/** Says in one line which tests were left out (`describeWith` and `slow` in tools.ts), and how the run ended. */
export default class SkippedReporter {
  /** @param {unknown} _contexts @param {import('@jest/reporters').AggregatedResult} results */
  onRunComplete(_contexts, { testResults, numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const skipped = testResults.flatMap(({ testResults: tests }) => tests.filter(({ status }) => status === 'pending'))
    const needs = skipped.map(({ ancestorTitles }) => /\[needs (.+?)\]/.exec(ancestorTitles.join(' '))?.[1])
    const tools = [...new Set(needs.flatMap((tool) => tool ?? []))].sort()
    const quick = process.env.TESTS === 'quick'
    const slow = quick ? needs.filter((tool) => tool === undefined).length : 0
    if (quick && skipped.length > 0) {
      console.log(`Left to "npm run test:all": ${slow} slow tests, and those that need ${tools.join(', ')}.`)
    } else if (tools.length > 0) console.log(`Skipped, because this machine lacks: ${tools.join(', ')}.`)
    // Jest writes its own summary last; this line, which a script can read, comes after it.
    const closing = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`
    process.once('exit', () => console.log(closing))
  }
}
