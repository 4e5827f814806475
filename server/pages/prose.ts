/** A piece of a sentence: `code`, *bold*, or plain text. */
export interface ProsePiece {
  kind: 'text' | 'code' | 'bold'
  text: string
}

/** Splits a sentence of a recipe, which marks code with backticks and bold text with stars. */
export const prose = (text: string): ProsePiece[] =>
  text
    .split(/(`[^`]+`|\*[^*]+\*)/)
    .filter((part) => part !== '')
    .map((part) => {
      if (part.startsWith('`')) return { kind: 'code', text: part.slice(1, -1) }
      return part.startsWith('*') ? { kind: 'bold', text: part.slice(1, -1) } : { kind: 'text', text: part }
    })
