/**
 * Makes the label of the next device: the next free number (`greenhouse 3` → `greenhouse 4`). A label without a number counts as
 * number 1. Null without a label.
 */
export function nextLabel(label: string | null, taken: readonly (string | null)[]): string | null {
  if (label === null) return null
  const [, start = '', digits] = /^(.*?)(\d{1,9})?$/su.exec(label) ?? []
  const stem = digits === undefined ? `${label} ` : start
  for (let number = Number(digits ?? 1) + 1; ; number += 1) {
    const next = stem + String(number).padStart(digits?.length ?? 1, '0')
    if (!taken.includes(next)) return next
  }
}
