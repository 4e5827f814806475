/** The most levels of nesting. JSON.parse reads more, but JSON.stringify and String() would then overflow the stack. */
const DEPTH_AT_MOST = 20

const LEFT_OUT = '…'

/**
 * Copies a parsed JSON text from elsewhere, with limits, so that it is safe to show. `…` replaces values that are nested too deeply, or
 * the rest of long ones.
 * @param characters about how long the copy can be when it is written with indentation
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
