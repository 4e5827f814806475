/* Improves links and forms. The server draws every page; this script fetches the page again and replaces its main part. */

const status = /** @type {HTMLElement} */ (document.querySelector('#status'))
let silence = 0

/** Shows a message for some seconds; screen readers read it aloud. @param {string} text */
function say(text) {
  status.textContent = text
  clearTimeout(silence)
  silence = window.setTimeout(() => {
    status.textContent = ''
  }, 6000)
}

/** Shows a failure until the page is drawn again. @param {string} text */
function fail(text) {
  say(text)
  const notice = document.querySelector('#failure') ?? document.createElement('p')
  notice.id = 'failure'
  notice.className = 'notice bad'
  notice.textContent = text
  document.querySelector('.card')?.before(notice)
}

/** Copies the whole value, even if it is masked. @param {Element} button */
async function copy(button) {
  const source = document.querySelector(button.getAttribute('data-copy') ?? '')
  const text = source instanceof HTMLTextAreaElement ? source.value : (source?.textContent ?? '')
  const what = button.textContent?.replace(/^Copy ?/, '') || 'text'
  try {
    await navigator.clipboard.writeText(text)
    say(`Copied the ${what.replace(/^the /, '').trim()}. ${button.getAttribute('data-note') ?? ''}`)
    copied(button)
    left(button)
  } catch {
    if (source instanceof HTMLTextAreaElement) source.select()
    fail('The browser did not allow us to copy. Press "Show", then Ctrl+C.')
  }
}

/** Remembers a copy like a download: a file on the server, a one-time token in this tab. @param {Element} button */
function left(button) {
  const once = button.getAttribute('data-once')
  const file = button.getAttribute('data-file')
  if (once) sessionStorage.setItem(`copy of ${once}`, 'made')
  warn()
  if (file)
    fetch(file).then(
      () => draw(location.href),
      () => {},
    )
}

/** Remembers that a token was copied in this tab, so that a sign-out does not lose it. @param {Element} button */
function copied(button) {
  const unless = document.querySelector('[data-unless]')?.getAttribute('data-unless')
  if (unless && (button.getAttribute('data-copy') === '#refresh-token' || button.hasAttribute('data-file'))) {
    sessionStorage.setItem(unless, 'made')
  }
}

/** Asks before a refresh or a test that would replace a copied one-time token. */
function warn() {
  const once = document.querySelector('[data-once]')?.getAttribute('data-once')
  if (!once || !sessionStorage.getItem(`copy of ${once}`)) return
  for (const form of document.querySelectorAll('#refresh, #prove')) {
    if (!(form instanceof HTMLFormElement)) continue
    form.dataset.ask ??=
      'You copied this one-time token. If you refresh it here, the copy no longer works. Refresh it anyway?'
  }
}

/** Draws the page's main part again, and keeps open what was open. @param {string} url */
async function draw(url) {
  const response = await fetch(url, { headers: { accept: 'text/html' } })
  if (response.redirected) return location.assign(response.url)
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const open = new Map([...document.querySelectorAll('details')].map(({ id, open }) => [id, open]))
  const shown = [...document.querySelectorAll('.secret:has(:checked)')].map(shownBy)
  const focused = place(document.activeElement)
  for (const part of ['main', 'nav']) {
    const fresh = page.querySelector(part)
    if (fresh) document.querySelector(part)?.replaceWith(fresh)
  }
  for (const details of document.querySelectorAll('details')) details.open = open.get(details.id) ?? details.open
  for (const box of document.querySelectorAll('[data-show]')) {
    const id = shownBy(box.closest('.secret'))
    if (box instanceof HTMLInputElement && id) box.checked = shown.includes(id)
  }
  if (focused) /** @type {HTMLElement | null} */ (document.querySelector(focused))?.focus()
  begin()
}

/** The first of what a tick shows. @param {Element | null} part */
const shownBy = (part) => part?.querySelector('.value, pre[id]')?.id

/** Returns a selector for the same control in the new page. @param {Element | null} element */
function place(element) {
  if (element instanceof HTMLElement && element.dataset.copy) return `[data-copy="${element.dataset.copy}"]`
  if (element instanceof HTMLButtonElement && element.form) {
    // Not form.id: a field named id hides it.
    return element.value ? `button[value="${element.value}"]` : `#${element.form.getAttribute('id')} button`
  }
  const href = element?.getAttribute('href')
  return href ? `a[href="${href}"]` : null
}

/** Sends a form without leaving the page. @param {HTMLFormElement} form @param {HTMLElement | null} [submitter] */
async function send(form, submitter) {
  if (form.getAttribute('aria-busy') === 'true') return
  form.setAttribute('aria-busy', 'true')
  const button = submitter ?? form.querySelector('button')
  const label = button?.textContent ?? ''
  if (button) button.textContent = form.dataset.busy ?? label
  say(form.dataset.busy ?? '')
  const body = new URLSearchParams()
  for (const [name, value] of new FormData(form, submitter)) body.append(name, String(value))
  try {
    const response = await fetch(form.action, { method: 'POST', body, headers: { accept: 'application/json' } })
    const answer = await response.json()
    if (answer.stored === false && answer.refresh_token) rescue(answer.refresh_token)
    else await draw(location.href)
    if (response.ok) say(outcome(answer))
    else fail(`${answer.title}. ${answer.detail} ${answer.hint ?? ''}`)
  } catch {
    fail('This app did not answer and may have stopped. Copy the token first, then load the page again.')
  } finally {
    form.removeAttribute('aria-busy')
    if (button) button.textContent = label
  }
}

/** Shows a new token that the server could not save: it is only here. @param {string} token */
function rescue(token) {
  const field = /** @type {HTMLTextAreaElement | null} */ (document.querySelector('#refresh-token'))
  if (field) field.value = token
}

/** @param {{ revoked?: boolean, verdict?: string, proved_at?: string, refresh_token_changed?: boolean }} answer */
function outcome(answer) {
  if (answer.revoked) return 'Revoked.'
  const word = document.querySelector('#verdict b')?.textContent
  if (answer.proved_at) return answer.verdict === 'invalid' ? `${word}` : `Tested. ${word}`
  return answer.refresh_token_changed
    ? 'Refreshed: the provider sent another refresh token.'
    : 'Refreshed: the refresh token stayed the same.'
}

/** Counts down, and runs the test once after the sign-in. */
function begin() {
  const counter = /** @type {HTMLElement | null} */ (document.querySelector('[data-seconds]'))
  const end = performance.now() + Number(counter?.dataset.seconds) * 1000
  const tick = () => {
    if (!counter?.isConnected) return
    const left = Math.ceil((end - performance.now()) / 1000)
    counter.textContent =
      left > 0 ? `valid for ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}` : 'expired'
    if (left > 0) setTimeout(tick, 1000)
  }
  tick()
  warn()
  const ending = /** @type {HTMLElement | null} */ (document.querySelector('#ending'))
  if (ending?.hidden) setTimeout(() => (ending.hidden = false), (Number(ending.dataset.ends) - 300) * 1000)
  const proof = /** @type {HTMLFormElement | null} */ (document.querySelector('form[data-run]'))
  const once = `proof of ${proof?.dataset.run}`
  if (proof && !sessionStorage.getItem(once)) {
    sessionStorage.setItem(once, 'begun')
    send(proof)
  }
}

document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target)
  const button = /** @type {HTMLElement | null} */ (target.closest('[data-copy]'))
  if (button && (!button.dataset.ask || confirm(button.dataset.ask))) copy(button)
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest('a[download], a[data-swap]'))
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (link.dataset.ask && !confirm(link.dataset.ask)) return event.preventDefault()
  // Remember the download.
  if (link.hasAttribute('download')) return void setTimeout(draw, 1000, location.href)
  event.preventDefault()
  history.replaceState(null, '', link.href)
  draw(link.href).catch(() => location.assign(link.href))
})

document.addEventListener('submit', (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target)
  const { ask, unless } = form.dataset
  const done = unless && sessionStorage.getItem(unless)
  if (ask && !done && !confirm(ask)) return event.preventDefault()
  if (form.dataset.busy === undefined) return
  event.preventDefault()
  send(form, /** @type {SubmitEvent} */ (event).submitter)
})

begin()
