import { expect, it } from '@jest/globals'
import type { Replica } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import type { Answer } from '../support/visitor.js'
import { pause } from '../support/wait.js'
import { provider, shareSite, site } from './shared-site.js'

const ROUNDS = 500
const AT_ONCE = 5
const KILL_EVERY = 3_000
/** Milliseconds for what waits for nobody. One that hangs would else be taken for one that the next death has cut off. */
const SOON = 5_000

describeWith(lacking('redis-server', 'openssl'), 'replicas that come and go', () => {
  shareSite({ replicas: 3, env: { LOG_LEVEL: 'warn' } })

  it('I6 loses no token in 500 rounds of sign in, refresh, export, sign out, with a replica killed every few seconds', async () => {
    const failures: string[] = []
    let deaths = 0
    let repeated = 0
    let interrupted = 0
    let running = true

    /** An answer that ended in the middle of its body is like one that never came: an empty 502. */
    const inMidBody = (error: Error): Answer => {
      if (error.message !== 'terminated') throw error
      return { status: 502, headers: new Headers(), url: 'in mid-body', text: '', json: null }
    }

    /** What a person does when the answer was cut off, by the replica that died: once more, at another one. */
    async function insist(what: () => Promise<Answer>, limit = Infinity): Promise<Answer & { cutOff: boolean }> {
      let cutOff = false
      for (let tries = 1; ; tries += 1) {
        const asked = performance.now()
        const answer = await what().catch(inMidBody)
        const took = Math.round(performance.now() - asked)
        if (took > limit) failures.push(`${answer.status} ${answer.url} after ${took} ms`)
        if (answer.status < 500) return { ...answer, cutOff }
        // An empty 502 is the balancer's word for an answer that the dead replica did not finish; 503, that it still holds the lease.
        if (answer.status === 503 && answer.json?.code === 'refresh_in_progress') {
          await pause(3_000)
        } else if (answer.status !== 502 || answer.text !== '') {
          failures.push(`${answer.status} ${answer.url} ${answer.text.slice(0, 300)}`)
          return { ...answer, cutOff }
        } else cutOff = true
        repeated += 1
        if (tries === 12) {
          failures.push(`still ${answer.status} after ${tries} tries: ${answer.url}`)
          return { ...answer, cutOff }
        }
      }
    }

    async function round(number: number): Promise<void> {
      const visitor = site.visitor(`visitor-${number}`)
      await insist(async () => {
        const back = await visitor.come()
        // The callback's answer was cut off, and its code is used up: the person starts again.
        return back.status === 403 ? { ...back, status: 502, text: '' } : back
      })
      const minted = (await insist(() => visitor.json('get', '/profile'), SOON)).json.refresh_token
      const refreshed = await insist(() => visitor.json('post', '/auth/refresh'))
      if (refreshed.status === 409 && refreshed.cutOff) {
        // Killed between the provider's answer and the save: said once, and the person signs in again.
        interrupted += 1
        return
      }
      const token = refreshed.json?.refresh_token
      if (!provider.lives(token)) failures.push(`${number}: the token shown is dead (${refreshed.status})`)
      if (token === minted) failures.push(`${number}: the token was not refreshed`)
      const file = await insist(() => visitor.get('/profile/device-config/json'), SOON)
      if (file.status !== 200 || JSON.parse(file.text).refresh_token !== token)
        failures.push(`${number}: another token in the file`)
      const out = await insist(() => visitor.json('post', '/auth/logout'))
      if (![204, 401].includes(out.status)) failures.push(`${number}: the sign-out ended in ${out.status}`)
      if (!provider.lives(token)) failures.push(`${number}: the device's token is dead after the sign-out`)
    }

    async function killNowAndThen(): Promise<void> {
      while (running) {
        await pause(KILL_EVERY)
        const victim = deaths % site.replicas.length
        await (site.replicas[victim] as Replica).end('SIGKILL')
        deaths += 1
        await pause(500)
        await site.restart(victim)
      }
    }

    const killing = killNowAndThen()
    let begun = 0
    const began = performance.now()
    try {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (begun < ROUNDS) {
            begun += 1
            await round(begun)
          }
        }),
      )
    } finally {
      running = false
      await killing
    }
    const seconds = Math.round((performance.now() - began) / 1000)
    console.log(
      `${ROUNDS} rounds in ${seconds} s, ${deaths} replicas killed: ${site.balancer.broken.length} answers cut off, ${repeated} requests repeated, ${interrupted} signed in again, ${failures.length} failures`,
    )
    expect(failures).toEqual([])
    expect(deaths).toBeGreaterThan(1)
  }, 480_000)
})
