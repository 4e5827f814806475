import { beforeAll, describe, expect, it } from '@jest/globals'
import { closeLater } from './closing.js'
import { type Listening, listening } from './listening.js'

const answers = (server: Listening) =>
  fetch(server.url).then(
    () => true,
    () => false,
  )

describe('what a test has started', () => {
  const start = () => listening((_req, res) => res.end())
  let shared: Listening
  let earlier: Listening
  beforeAll(async () => {
    shared = await start()
  })

  it('runs as long as the test', async () => {
    earlier = await start()
    expect([await answers(shared), await answers(earlier)]).toEqual([true, true])
  })

  it('has ended when the next test begins; what was started for all of them has not', async () => {
    expect([await answers(shared), await answers(earlier)]).toEqual([true, false])
  })

  it('is closed once, however often a test closes it itself', async () => {
    let times = 0
    const close = closeLater(async () => {
      times += 1
    })
    await Promise.all([close(), close()])
    await close()
    expect(times).toBe(1)
  })
})
