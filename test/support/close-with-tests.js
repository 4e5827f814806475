// Jest runs this in every test file, before the tests: see closing.js.
import { afterAll, afterEach, beforeEach } from '@jest/globals'
import { beginTest, endFile, endTest } from './closing.js'

beforeEach(beginTest)
afterEach(endTest)
afterAll(endFile)
