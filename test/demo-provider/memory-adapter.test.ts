import { describe, expect, it } from '@jest/globals'
import { MemoryAdapter } from '../../server/demo-provider/memory-adapter.js'

describe('MemoryAdapter', () => {
  it('forgets a record when its time is over, even if it is never read again', async () => {
    let now = 0
    const adapter = new MemoryAdapter('Interaction', () => now)
    await adapter.upsert('one', {}, 600)
    now = 599_999
    expect(await adapter.find('one')).toEqual({})
    now = 600_000
    expect(await adapter.find('one')).toBeUndefined()

    await adapter.upsert('two', {}, 600)
    now = 1_300_000
    await adapter.upsert('three', {}, 600)
    expect(adapter.size).toBe(1)
  })

  it('keeps so many, and lets go of the one that was used least recently', async () => {
    const adapter = new MemoryAdapter('Grant', Date.now, 3)
    for (const id of ['a', 'b', 'c']) await adapter.upsert(id, { grantId: id }, 600)
    await adapter.find('a')
    await adapter.upsert('d', {}, 600)
    expect(adapter.size).toBe(3)
    expect(await adapter.find('b')).toBeUndefined()
    expect(await adapter.find('a')).toEqual({ grantId: 'a' })
  })

  it('lets a record be used up once', async () => {
    for (const kind of ['AuthorizationCode', 'RefreshToken']) {
      const adapter = new MemoryAdapter(kind, Date.now)
      await adapter.upsert('one', {}, 600)
      await adapter.consume('one')
      await expect(adapter.consume('one')).rejects.toMatchObject({ error: 'invalid_grant' })
    }
  })

  it('keeps no refresh token that was used up, however many a grant goes through', async () => {
    const adapter = new MemoryAdapter('RefreshToken', Date.now)
    for (let i = 0; i < 100; i++) {
      await adapter.upsert(`${i}`, { grantId: 'g' }, 600)
      if (i > 0) await adapter.consume(`${i - 1}`)
    }
    expect(adapter.size).toBe(1)
  })

  it('revokes all records of a grant and no others', async () => {
    const adapter = new MemoryAdapter('RefreshToken', Date.now)
    await adapter.upsert('one', { grantId: 'g' }, 600)
    await adapter.upsert('two', { grantId: 'g' }, 600)
    await adapter.upsert('three', { grantId: 'h' }, 600)
    await adapter.revokeByGrantId('g')
    expect(adapter.size).toBe(1)
    expect(await adapter.find('three')).toEqual({ grantId: 'h' })
  })
})
