import { beforeAll, describe, expect, it } from '@jest/globals'
import { commentsAndDocs, type Text, visibleTexts } from './visible-text.js'

/** Words that made readers stumble. */
const RETIRED =
  /\b(told|tells? whose|anew|whoever|somebody|nobody|letter by letter|for good|the like|mend(s|ed|ing)?|what of)\b/gi

/** The product tests a token, and the set-up check checks the settings. Keycloak has a setting with "Proof" in its name. */
const PROOF = /\b(proof|prove[nsd]?|proving)\b(?! Key)/gi

const counted = (texts: Text[], words: RegExp) =>
  texts.flatMap(([place, text]) => [...text.matchAll(words)].map(([word]) => `${place}: ${word.toLowerCase()}`))

/** Prose has blanks; names, ids and addresses have none. */
const prose = (texts: Text[]) => texts.map(([place, text]): Text => [place, /\S+ \S+ \S+/.test(text) ? text : ''])

/** What a browser shows of a page, with the words that only screen readers and dialogs say. */
const seen = (text: string) =>
  text
    .replace(/<(script|style)\b.*?<\/\1>/gs, ' ')
    .replace(/\b(title|alt|placeholder|aria-label|data-(?:ask|note|busy))="([^"]*)"/g, '>$2<')
    .replace(/<[^>]*>/g, ' ')

describe('the words of the product', () => {
  let visible: Text[]
  beforeAll(async () => {
    visible = await visibleTexts()
  })

  it('are gathered from pages, messages, help, documents and device programs', () => {
    const places = new Set(visible.map(([place]) => place.split(/[/:.]/)[0]))
    for (const place of ['page', 'server', 'public', 'views', 'README', 'docs', 'help of mint']) {
      expect([...places]).toContain(place)
    }
    // A button, two messages in plain quotes and in a template, one of the page's script, and a comment.
    const isThere = (words: string) => visible.some(([, text]) => text.includes(words))
    for (const words of ['Refresh now', 'has no page at this address', 'Another program listens on', 'Copied the ']) {
      expect([words, isThere(words)]).toEqual([words, true])
    }
    expect(isThere('EX_USAGE of sysexits.h')).toBe(false)
  })

  it('are ones that people know, wherever a user reads them', () => {
    expect(counted(visible, RETIRED)).toEqual([])
  })

  it('call a test a test', () => {
    const pages = visible
      .filter(([place]) => place.startsWith('page'))
      .map(([place, html]): Text => [place, seen(html)])
    const messages = prose(visible.filter(([place]) => /^(server|public)\/(?!.*programs)/.test(place)))
    const documents = visible.filter(([place]) => /^(README|docs|help|\.env)/.test(place))
    expect(counted([...pages, ...messages, ...documents], PROOF)).toEqual([])
  })

  it('are mostly ones that people know in comments and documents, too', () => {
    expect(counted(commentsAndDocs(), RETIRED).length).toBeLessThanOrEqual(25)
  })
})
