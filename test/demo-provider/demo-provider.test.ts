import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import express from 'express'
import { startDemo } from './start-demo.js'

afterEach(() => void jest.restoreAllMocks())

describe('createDemoProvider', () => {
  it('writes nothing on the console, whatever is done', async () => {
    const methods = ['log', 'info', 'warn', 'error', 'debug'] as const
    const spies = methods.map((method) => jest.spyOn(console, method).mockImplementation(() => {}))
    const demo = await startDemo()
    const { access_token, refresh_token } = await demo.mint('rotating', 'openid offline_access')
    await demo.refresh(refresh_token)
    await demo.refresh(refresh_token)
    await demo.introspect(refresh_token)
    await demo.post('revoke', { token: refresh_token })
    await demo.post('token', { client_secret: 'wrong', grant_type: 'refresh_token', refresh_token })
    await demo.post('token', { grant_type: 'refresh_token', refresh_token }, { origin: 'http://elsewhere.example' })
    await fetch(demo.endpoint('userinfo'), { headers: { authorization: `Bearer ${access_token}` } })
    await fetch(demo.endpoint('auth'))
    await fetch(`${demo.endpoint('auth')}/made-up`, { headers: { accept: 'text/html' } })
    await fetch(demo.endpoint('certs'))
    await demo.close()
    for (const spy of spies) expect(spy.mock.calls).toEqual([])
    expect(demo.errors).toEqual([])
  })

  it('leaves to the app what is not its own, and names the method where it was the wrong one', async () => {
    const demo = await startDemo()
    try {
      for (const path of ['', '/', '/protocol/openid-connect/nothing', '/interaction/x', '//[']) {
        const response = await fetch(demo.issuer + path)
        expect({ path, status: response.status, text: await response.text() }).toEqual({
          path,
          status: 404,
          text: 'the app',
        })
      }
      expect((await fetch(demo.endpoint('certs'), { method: 'HEAD' })).status).toBe(200)
      const response = await fetch(demo.endpoint('token'))
      expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({
        status: 405,
        allow: 'POST, OPTIONS',
      })
      expect(await response.json()).toMatchObject({ error: 'invalid_request' })
    } finally {
      await demo.close()
    }
  })

  it('is told of no failure when a client sends too much or hangs up halfway', async () => {
    const demo = await startDemo()
    await demo.refresh('x'.repeat(100_000))
    const { port, pathname } = new URL(demo.endpoint('token'))
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\na=`,
    )
    await setTimeout(50)
    socket.destroy()
    await setTimeout(50)
    await demo.close()
    expect(demo.errors).toEqual([])
  })

  it('takes a form that was parsed before', async () => {
    const demo = await startDemo({}, express.urlencoded({ extended: false }))
    try {
      const { refresh_token } = await demo.mint()
      expect((await demo.refresh(refresh_token)).status).toBe(200)
    } finally {
      await demo.close()
    }
  })

  it('loads oidc-provider no sooner than a provider is made', async () => {
    jest.unstable_mockModule('oidc-provider/lib/provider.js', () => {
      throw new Error('loaded')
    })
    await jest.isolateModulesAsync(async () => {
      const { createDemoProvider } = await import('../../server/demo-provider/demo-provider.js')
      await expect(createDemoProvider({ baseUrl: 'http://localhost:3000' })).rejects.toThrow('loaded')
    })
  })
})
