/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  reporters: [
    'default',
    './test/support/slowest-reporter.js',
    './test/support/skipped-reporter.js',
    './test/support/failed-reporter.js',
  ],
  roots: ['<rootDir>/test'],
  setupFilesAfterEnv: ['<rootDir>/test/support/close-with-tests.js'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }] },
  maxWorkers: 2,
  testTimeout: 60_000,
}
