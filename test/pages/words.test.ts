import { describe, expect, it } from '@jest/globals'
import { moment } from '../../server/pages/words.js'

const NOW = Date.UTC(2026, 2, 1, 12)
const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 1_440 * MINUTE

describe('a moment', () => {
  it.each([
    [0, 'just now'],
    [-4 * SECOND, 'just now'],
    [-20 * SECOND, '20 seconds ago'],
    [-75 * SECOND, '75 seconds ago'],
    [-2 * MINUTE, '2 minutes ago'],
    [272 * SECOND, 'in 5 minutes'],
    [40 * DAY, 'in 40 days'],
    [-3 * DAY, '3 days ago'],
    [60 * DAY, 'in 2 months'],
    [4 * 365 * DAY, 'in 4 years'],
  ])('%d ms from now is told as %j', (difference, words) => {
    expect(moment(NOW + difference, NOW)?.words).toBe(words)
  })

  it('tells the exact time in UTC, to the second', () => {
    expect(moment(NOW, NOW)).toMatchObject({ iso: '2026-03-01T12:00:00.000Z', exact: '2026-03-01 12:00:00 UTC' })
  })

  it.each([null, Number.NaN, 8.7e15])('is nothing for %p', (time) => {
    expect(moment(time, NOW)).toBeNull()
  })
})
