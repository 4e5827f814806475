import type { Context, DeviceCode, Middleware } from 'oidc-provider/lib/provider.js'
import { userBySubject } from '../config/demo-realm.js'
import { RESOURCE } from './access-token.js'
import { ENDPOINTS } from './endpoints.js'
import { readForm } from './form.js'
import { grantScope } from './grants.js'
import { credentialsIn, type SignInSettings, WRONG_PASSWORD } from './sign-in.js'
import { type SignOn, sessionCode } from './sign-ons.js'

const UNKNOWN = 'We know no device with this code. It may be mistyped, used already, or more than 10 minutes old.'

const ALLOWED = { title: 'The device is connected', text: 'It gets its token now. You can close this page.' }
const DENIED = { title: 'You denied access', text: 'The device gets no token. You can close this page.' }
const STALE = {
  title: 'This page is out of date',
  text: 'You signed in or out since it was opened. Open the address on your device again.',
}

/** Lets a person enter a device's code, sign in, and allow or deny the device (RFC 8628 §3.3). */
export function devicePage({ provider, pages, signOns, cookie, clock }: SignInSettings): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== ENDPOINTS.code_verification) return next()
    const form = ctx.method === 'POST' ? ((await readForm(ctx.req)) ?? new URLSearchParams()) : null
    const given = form ? form.get('user_code') : ctx.query.user_code
    const typed = typeof given === 'string' ? given.trim() : ''
    if (!typed) return pages.device(ctx, 'code', {})
    const device = await waitingDevice(typed)
    if (!device) return pages.device(ctx, 'code', { userCode: typed, error: UNKNOWN })
    const userCode = asShown(device)

    const key = cookie.read(ctx)
    const signOn = signOns.open(key)
    if (form?.has('password')) return enterPassword(ctx, userCode, form)
    if (!key || !signOn) return pages.device(ctx, 'sign-in', { userCode })
    if (form) return answer(ctx, device, signOn, form, key)
    const { scope = '' } = device.params
    const username = userBySubject(signOn.sub)?.username
    return pages.device(ctx, 'answer', { userCode, username, scope, code: sessionCode(key), clientId: device.clientId })
  }

  /** Finds the device that waits for an answer with this code, however it is typed. */
  async function waitingDevice(typed: string): Promise<DeviceCode | null> {
    const normalized = typed.toUpperCase().replace(/[^A-Z]/g, '')
    const device = await provider.DeviceCode.findByUserCode(normalized, { ignoreExpiration: true })
    if (!device || device.deviceInfo.expiresAt <= clock() || device.accountId || device.error) return null
    return device
  }

  async function enterPassword(ctx: Context, userCode: string, form: URLSearchParams): Promise<void> {
    const { user, username } = credentialsIn(form)
    if (!user) return pages.device(ctx, 'sign-in', { userCode, username, error: WRONG_PASSWORD })
    cookie.write(ctx, signOns.begin(user.sub, cookie.read(ctx)).key)
    ctx.status = 303
    ctx.redirect(`${provider.issuer}${ENDPOINTS.code_verification}?${new URLSearchParams({ user_code: userCode })}`)
  }

  async function answer(ctx: Context, device: DeviceCode, signOn: SignOn, form: URLSearchParams, key: string) {
    if (form.get('session_code') !== sessionCode(key)) {
      ctx.status = 400
      return pages.message(ctx, { ...STALE, wrong: true })
    }
    if (form.has('accept')) {
      await allow(device, signOn)
      return pages.message(ctx, ALLOWED)
    }
    device.error = 'access_denied'
    device.errorDescription = 'The end user denied the authorization request'
    await device.save()
    return pages.message(ctx, DENIED)
  }

  async function allow(device: DeviceCode, signOn: SignOn): Promise<void> {
    const { scope = '' } = device.params
    const grantId = await grantScope(provider, signOn, device.clientId, scope)
    const authTime = Math.floor(signOn.authenticatedAt / 1000)
    Object.assign(device, { accountId: signOn.sub, grantId, scope, resource: RESOURCE, authTime })
    await device.save()
  }
}

/** Writes the code as the device shows it, so that the person can compare the two (RFC 8628 §3.3.1). */
function asShown({ userCode }: DeviceCode): string {
  return `${userCode.slice(0, 4)}-${userCode.slice(4)}`
}
