import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from '@swc/core'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Seconds for one test: one that waits for what never happens fails, too. */
const SECONDS = 180

/**
 * What Jest reports of a run.
 * @typedef {{ passed: string[], failed: string[], broken: string | null }} Outcome
 */

/** A copy of this repository in which one thing at a time is changed. */
export class Scratch {
  #folder = mkdtempSync(join(tmpdir(), 'mutants-'))

  constructor() {
    const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    for (const file of stdout.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
      mkdirSync(dirname(join(this.#folder, file)), { recursive: true })
      copyFileSync(join(ROOT, file), join(this.#folder, file))
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.#folder, 'node_modules'))
    if (existsSync(join(ROOT, 'dist'))) cpSync(join(ROOT, 'dist'), join(this.#folder, 'dist'), { recursive: true })
  }

  /** @param {string} file */
  read(file) {
    return readFileSync(join(this.#folder, file), 'utf8')
  }

  /** @param {string} file @param {string} text */
  write(file, text) {
    writeFileSync(join(this.#folder, file), text)
  }

  /** Writes the file of dist/ that a file of server/ is built into, without a look at its types. @param {string} file */
  build(file) {
    const { code } = transformSync(this.read(file), {
      filename: file,
      swcrc: false,
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    })
    this.write(file.replace(/^server/, 'dist').replace(/\.ts$/, '.js'), code)
  }

  /**
   * Runs the tests of one file whose names match.
   * @param {string} file @param {string} pattern a regular expression @returns {Promise<Outcome>}
   */
  async test(file, pattern) {
    const report = join(this.#folder, 'report.json')
    rmSync(report, { force: true })
    const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', file]
    const told = ['--testNamePattern', pattern, '--json', '--outputFile', report, '--silent', '--reporters', 'default']
    const status = await this.#node([...jest, ...told, '--runInBand', '--forceExit'])
    if (status === null) return { passed: [], failed: [`no end after ${SECONDS} s`], broken: null }
    if (!existsSync(report)) return { passed: [], failed: [], broken: 'Jest wrote no report' }
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
    const results = testResults.flatMap((/** @type {any} */ one) => one.assertionResults)
    /** @param {string} wanted @returns {string[]} */
    const named = (wanted) =>
      results.filter((/** @type {any} */ { status }) => status === wanted).map((/** @type {any} */ one) => one.fullName)
    const ended = testResults.filter((/** @type {any} */ one) => one.status === 'failed')
    const broken = ended.find((/** @type {any} */ one) => one.assertionResults.length === 0)
    // What fails after the last test of a file is no test's result.
    const after = ended.length > 0 && named('failed').length === 0 ? [ended[0].message] : []
    return { passed: named('passed'), failed: [...named('failed'), ...after], broken: broken?.message ?? null }
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** @param {string[]} args @returns {Promise<number | null>} null where it did not end in time */
  #node(args) {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, args, { cwd: this.#folder, stdio: 'ignore', detached: true })
      // What a test started belongs to its process group.
      const stop = () => process.kill(-(child.pid ?? 0), 'SIGKILL')
      const timer = setTimeout(() => {
        stop()
        resolve(null)
      }, SECONDS * 1000)
      child.on('exit', (code) => {
        clearTimeout(timer)
        try {
          stop()
        } catch {
          // Nobody was left.
        }
        resolve(code)
      })
    })
  }
}
