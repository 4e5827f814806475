import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { slow } from '../support/tools.js'
import { type Demo, startDemo } from './start-demo.js'

let demo: Demo
beforeAll(async () => {
  demo = await startDemo()
})
afterAll(() => demo.close())

/** Sends so many requests, twenty at a time. */
async function flood(count: number, send: () => Promise<unknown>): Promise<void> {
  for (let sent = 0; sent < count; sent += 20) await Promise.all(Array.from({ length: 20 }, send))
}

describe('a flood of requests without a sign-in', () => {
  slow('pushes out sign-ins under way, and neither tokens nor remembered sign-ins', async () => {
    const person = demo.browser()
    const { refresh_token, session_state } = await demo.mint('rotating', 'offline_access', person)
    const early = demo.browser()
    const form = await early.open(demo.authorizationUrl())
    await flood(2_000, async () => {
      const response = await fetch(demo.authorizationUrl(), { redirect: 'manual' })
      expect(response.status).toBe(303)
      await response.arrayBuffer()
    })
    const over = await early.submit(form, { username: 'demo', password: 'demo' })
    expect({ status: over.status, over: over.html.includes('This sign-in is over') }).toEqual({
      status: 400,
      over: true,
    })
    expect((await demo.mint('rotating', 'offline_access', person)).session_state).toBe(session_state)
    expect((await demo.refresh(refresh_token)).status).toBe(200)
  })

  slow('pushes out devices that wait, and nothing else', async () => {
    const { refresh_token } = await demo.mint('rotating')
    const first = await demo.post('auth/device', { scope: 'offline_access' })
    await flood(500, async () => {
      expect((await demo.post('auth/device', {})).status).toBe(200)
    })
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const { json } = await demo.post('token', { grant_type, device_code: String(first.json.device_code) })
    expect(json.error).toBe('invalid_grant')
    expect((await demo.refresh(refresh_token)).status).toBe(200)
  })
})
