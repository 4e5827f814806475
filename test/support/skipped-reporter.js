/** Says in one line what this machine had no tools for (every `describe` that `describeWith` skipped), and how it ended. */
export default class SkippedReporter {
  /** @param {unknown} _contexts @param {import('@jest/reporters').AggregatedResult} results */
  onRunComplete(_contexts, { testResults, numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const titles = testResults.flatMap(({ testResults: tests }) =>
      tests.filter(({ status }) => status === 'pending').flatMap(({ ancestorTitles }) => ancestorTitles),
    )
    const tools = new Set(titles.flatMap((title) => title.match(/\[needs (.+)\]$/)?.[1] ?? []))
    if (tools.size > 0) console.log(`Skipped, because this machine lacks: ${[...tools].sort().join(', ')}.`)
    // Jest keeps the end for a summary of its own; one line a script can read comes after it.
    const closing = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`
    process.once('exit', () => console.log(closing))
  }
}
