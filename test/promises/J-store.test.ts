import { expect, it } from '@jest/globals'
import type { Request } from 'express'
import { createSeal } from '../../server/stores/seal.js'
import { createSealedList } from '../../server/tokens/entries.js'
import type { Entry } from '../../server/tokens/entry.js'
import { createListPointer } from '../../server/web/sessions/list-pointer.js'

const seal = createSeal(['a secret of more than thirty-two characters'])
const sealed = createSealedList(seal)
const entry = { refresh_token: 'a-token' } as Entry
const record = (value: string) => ({ value, version: 1 })
const list = (id: string) => {
  const item = { id: 'one', label: null, number: 1, listed: true, session: null }
  return sealed.head({ id, subject: null, leftAnother: false, ends: 0, items: [item] })
}

it('J19 the same text is never sealed to the same bytes', () => {
  const texts = new Set(Array.from({ length: 50 }, () => seal.close('name', 'text').slice(0, 12)))
  expect(texts.size).toBe(50)
})

it('J19 a sealed record opens under its own name alone', () => {
  expect(seal.open('name', seal.close('name', 'text'))).toBe('text')
  expect(seal.open('another', seal.close('name', 'text'))).toBeNull()
})

it('J8 another name opens nothing: neither a list, nor an entry of it, nor what a session points to', () => {
  const entries = (value: string) => new Map([['one', record(value)]])
  const own = { head: record(list('mine')), entries: entries(sealed.entry('mine', 'one', entry)) }
  expect(sealed.open('mine', own)?.entries).toHaveLength(1)
  expect(sealed.open('mine', { ...own, head: record(list('yours')) })).toBeNull()
  for (const value of [sealed.entry('yours', 'one', entry), sealed.entry('mine', 'two', entry)]) {
    expect(sealed.open('mine', { ...own, entries: entries(value) })?.entries).toEqual([])
  }
  const pointer = createListPointer(seal)
  const request = (sessionID: string) => ({ sessionID, session: {} }) as Request
  const mine = request('my-session')
  pointer.set(mine, 'my-list')
  expect(pointer.read(mine)).toBe('my-list')
  expect(pointer.read(Object.assign(request('your-session'), { session: mine.session }))).toBeNull()
})
