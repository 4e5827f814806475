/** A JSON string, which YAML and Python read, too. They stop at a byte order mark and at noncharacters, so these become escapes. */
export const quoted = (value: string): string =>
  JSON.stringify(value).replace(/[\ufeff\ufffe\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
