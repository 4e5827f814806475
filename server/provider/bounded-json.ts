/** Levels of nesting that are kept: JSON.stringify and String() end with a full stack on what JSON.parse still reads. */
const DEPTH_AT_MOST = 20

const LEFT_OUT = '…'

/**
 * Copies what `JSON.parse` made of a text that others wrote, so that it can be walked, written and shown. `…` stands for what is
 * nested too deeply, or for the rest of what is too long.
 * @param characters how long the copy may be when it is written indented, about
 */
export function boundedJson(value: unknown, characters = Number.POSITIVE_INFINITY): unknown {
  let left = characters

  const text = (part: string, depth: number): string => {
    const kept = part.length > left ? `${part.slice(0, Math.max(0, left))}${LEFT_OUT}` : part
    left -= 2 * depth + JSON.stringify(kept).length
    return kept
  }

  const list = (parts: unknown[], depth: number): unknown[] => {
    const copied: unknown[] = []
    for (const part of parts) {
      if (left <= 0) return [...copied, LEFT_OUT]
      copied.push(copy(part, depth))
    }
    return copied
  }

  const members = (parts: [string, unknown][], depth: number): Record<string, unknown> => {
    const copied: [string, unknown][] = []
    for (const [name, part] of parts) {
      if (left <= 0) return Object.fromEntries([...copied, [LEFT_OUT, LEFT_OUT]])
      copied.push([text(name, depth), copy(part, depth)])
    }
    return Object.fromEntries(copied)
  }

  const copy = (part: unknown, depth: number): unknown => {
    if (typeof part === 'string') return text(part, depth)
    left -= 2 * depth + 8
    if (typeof part !== 'object' || part === null) return part
    if (depth === DEPTH_AT_MOST) return LEFT_OUT
    return Array.isArray(part) ? list(part, depth + 1) : members(Object.entries(part), depth + 1)
  }

  return copy(value, 0)
}
