/** Characters of a page that are looked at. */
const AT_MOST = 64 * 1024

/** What a reader sees of a page, on one line: no tags, no scripts, no styles; the title only where there is nothing else. */
export function pageText(html: string): string {
  const page = ['script', 'style', 'svg'].reduce(without, html.slice(0, AT_MOST))
  return textOf(without(page, 'head')) || textOf(page)
}

function textOf(html: string): string {
  return html
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|nbsp|#0?39|#x27|apos);/gi, (entity) => ENTITIES[entity.toLowerCase()] ?? "'")
    .replace(/\s+/g, ' ')
    .trim()
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&nbsp;': ' ' }

/** Takes out elements with all that is in them, in one pass: a page may be made to be slow. */
function without(html: string, name: string): string {
  const opening = new RegExp(`<${name}\\b`, 'gi')
  const closing = new RegExp(`</${name}\\b`, 'gi')
  let kept = ''
  for (let from = 0; ; ) {
    opening.lastIndex = from
    const start = opening.exec(html)?.index
    if (start === undefined) return kept + html.slice(from)
    kept += html.slice(from, start)
    closing.lastIndex = start
    const end = closing.exec(html)?.index
    if (end === undefined) return kept
    from = end
  }
}
