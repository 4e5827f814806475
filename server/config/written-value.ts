/** What stands behind `=`, by the rules of quoting, or why that can't be said for sure. */
export type Written = { value: string } | { problem: string; cure?: string }

/** Reads what a person wrote behind `=` in one line of a `.env` file. */
export function writtenValue(rest: string, secret: boolean): Written {
  const text = rest.replace(/^[ \t]+|[ \t]+$/g, '')
  return /^['"`]/.test(text) ? quoted(text) : unquoted(text, secret)
}

function quoted(text: string): Written {
  const [quote = ''] = text
  const end = text.indexOf(quote, 1)
  if (end < 0) return { problem: `opens a quote (${quote}) that the line does not close` }
  const value = text.slice(1, end)
  // Some programs take \' for a quote inside quotes, and dotenv may look for the end in the next lines.
  if (value.endsWith('\\')) return { problem: 'has a backslash before a quote' }
  if (!/^(?:[ \t]*#.*)?$/s.test(text.slice(end + 1))) return { problem: 'has more text behind the closing quote' }
  if (quote !== '"') return { value }
  if (value.includes('\\')) return { problem: 'has a backslash in double quotes, which programs read in several ways' }
  return notExpanded(value) ?? { value }
}

function unquoted(text: string, secret: boolean): Written {
  const [before = ''] = text.split('#')
  if (before === text) return notExpanded(text) ?? { value: text }
  const after = text.slice(before.length + 1)
  const value = before.replace(/[ \t]+$/, '')
  if (value === '') {
    return /^#*[ \t]/.test(after) ? { value } : { problem: 'begins with a #, and is read as a comment' }
  }
  if (value === before) return { problem: 'is cut short at a #, which begins a comment' }
  if (secret && /^[^#\s]/.test(after)) return { problem: 'is cut short at a #, which begins a comment' }
  return notExpanded(value) ?? { value }
}

function notExpanded(value: string): Written | null {
  return value.includes('${')
    ? {
        problem: 'holds a variable ($ and a curly bracket), and variables are not replaced here',
        cure: 'Write the value itself; or, if these characters are the value, put it in single quotes.',
      }
    : null
}
