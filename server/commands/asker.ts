import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'

/** Asks a person at the terminal, or reads the lines of a pipe. Questions go to standard error. */
export interface Asker {
  /** Whether a person answers, who can answer again. */
  readonly terminal: boolean
  /** Reads the next line; null at the end of the input. @param hidden does not show what the person types */
  ask(question: string, how?: { hidden?: boolean }): Promise<string | null>
  /** Gives the terminal back. */
  close(): void
}

/**
 * On a terminal, readline edits the line itself: the terminal's own editing cuts a line at 4,096 bytes (macOS: 1,024), and an address
 * may be longer.
 */
export function createAsker({ stdin, stderr }: NodeJS.Process, onInterrupt: () => void): Asker {
  const terminal = stdin.isTTY === true
  const screen = createScreen(stderr)
  const lines: string[] = []
  let waiting: ((line: string | null) => void) | null = null
  let ended = false
  let opened: Interface | null = null

  function open(): Interface {
    const reader = createInterface({ input: stdin, output: screen.stream, terminal, historySize: 0 })
    reader.on('line', (line) => {
      const take = waiting
      waiting = null
      if (take) take(line)
      else lines.push(line)
    })
    reader.on('close', () => {
      ended = true
      waiting?.(null)
      waiting = null
    })
    reader.on('SIGINT', onInterrupt)
    return reader
  }

  return {
    terminal,
    ask(question, { hidden = false } = {}) {
      opened ??= open()
      const reader = opened
      // Nobody presses Enter after this question.
      if (!terminal) stderr.write(`${question.trimEnd()}\n`)
      const early = lines.shift()
      if (early !== undefined) return Promise.resolve(early)
      if (ended) return Promise.resolve(null)
      if (terminal) {
        reader.setPrompt(question)
        reader.prompt()
      }
      screen.hide(hidden && terminal)
      return new Promise((resolve) => {
        waiting = (line) => {
          if (hidden && terminal) {
            screen.hide(false)
            stderr.write('\n')
          }
          resolve(line)
        }
      })
    },
    close() {
      opened?.close()
      stdin.pause()
    },
  }
}

/** Where readline writes: standard error, or nowhere while the person types a secret. */
function createScreen(stderr: NodeJS.WriteStream) {
  let hidden = false
  const stream = new Writable({
    write(chunk, _encoding, done) {
      if (!hidden) stderr.write(chunk)
      done()
    },
  })
  // readline wraps a long line by the width of what it draws on.
  Object.defineProperty(stream, 'columns', { get: () => stderr.columns })
  return {
    stream,
    hide(value: boolean) {
      hidden = value
    },
  }
}
