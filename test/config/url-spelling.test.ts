import { expect, it } from '@jest/globals'
import { parseUrl } from '../../server/config/urls.js'

it('parses letters beyond ASCII also where the code has been optimised (nodejs: URL.canParse on Node 20)', () => {
  const parse = () => parseUrl('https://b\u00fccher.example/\u00e9')?.host
  for (let i = 0; i < 50_000; i++) if (parse() !== 'xn--bcher-kva.example') throw new Error(`not parsed at call ${i}`)
  expect(parse()).toBe('xn--bcher-kva.example')
})
