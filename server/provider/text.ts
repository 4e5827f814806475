const AT_MOST = 300

/** Cleans text from elsewhere: one line, no control or direction characters, at most 300 characters. */
export const cut = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, ' ')
    .slice(0, AT_MOST)
    .replace(/[\ud800-\udbff]$/, '')

/** Reads a text that is not blank, at most so many characters of it; null for anything else. */
export const text = (value: unknown, atMost?: number): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.slice(0, atMost) : null
