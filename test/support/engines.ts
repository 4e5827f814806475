import { type ChildProcess, spawn } from 'node:child_process'
import puppeteer from 'puppeteer-core'
import { Builder, By, Key, type WebDriver } from 'selenium-webdriver'
import { launchChromium, newPage } from './chromium.js'
import { closeLater } from './closing.js'
import { freePort } from './free-port.js'
import { until } from './wait.js'

/** A browser with one page open, as far as the user's whole way needs it. Every step waits for what it needs. */
export interface Browser {
  open(url: string): Promise<void>
  click(selector: string): Promise<void>
  type(selector: string, text: string): Promise<void>
  /** Focuses a field and pastes the clipboard into it, by keyboard. */
  paste(selector: string): Promise<void>
  /** Runs an expression in the page; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>
  close(): Promise<void>
}

export interface Engine {
  name: string
  /** What must be on the PATH. */
  needs: string[]
  launch(): Promise<Browser>
}

async function chromium(): Promise<Browser> {
  const browser = await launchChromium()
  const page = await newPage(browser)
  return {
    open: async (url) => void (await page.goto(url)),
    click: (selector) => page.click(selector),
    type: (selector, text) => page.fill(selector, text),
    async paste(selector) {
      await page.focus(selector)
      await page.keyboard.press('Control+V')
    },
    evaluate: (expression) => page.evaluate(expression),
    close: () => browser.close(),
  }
}

async function firefox(): Promise<Browser> {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr' })
  const close = closeLater(() => browser.close())
  const [page = await browser.newPage()] = await browser.pages()
  return {
    open: async (url) => void (await page.goto(url)),
    click: (selector) => page.locator(selector).click(),
    type: (selector, text) => page.locator(selector).fill(text),
    async paste(selector) {
      await page.focus(selector)
      await page.keyboard.down('Control')
      await page.keyboard.press('v')
      await page.keyboard.up('Control')
    },
    evaluate: (expression) => page.evaluate(expression) as Promise<never>,
    close,
  }
}

/** Debian's WebKit has no headless way: it draws on a screen that nobody sees. */
async function webkit(): Promise<Browser> {
  const port = await freePort()
  const server = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], {
    detached: true,
    stdio: 'ignore',
    // As root, WebKit's sandbox can't be set up.
    env: { ...process.env, ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }) },
  })
  let driver: WebDriver | undefined
  const close = closeLater(async () => {
    await driver?.quit().catch(() => {})
    end(server)
  })
  const connected = await connect(port)
  driver = connected
  const element = async (selector: string) => {
    await connected.wait(async () => (await connected.findElements(By.css(selector))).length > 0, 10_000, selector)
    return connected.findElement(By.css(selector))
  }
  return {
    open: (url) => connected.get(url),
    click: async (selector) => (await element(selector)).click(),
    async type(selector, text) {
      const field = await element(selector)
      await field.clear()
      await field.sendKeys(text)
    },
    paste: async (selector) => (await element(selector)).sendKeys(Key.chord(Key.CONTROL, 'v')),
    evaluate: (expression) =>
      connected.executeAsyncScript(
        `const done = arguments[0]; Promise.resolve(${expression}).then(done, (e) => done(String(e)))`,
      ),
    close,
  }
}

async function connect(port: number): Promise<WebDriver> {
  const url = `http://127.0.0.1:${port}`
  const answers = () =>
    fetch(`${url}/status`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until('WebKitWebDriver answers', answers)
  const browser = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
  return new Builder()
    .usingServer(url)
    .withCapabilities({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] },
    })
    .build()
}

/** The whole group: xvfb-run does not pass a signal on. */
function end({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid)
}

export const ENGINES: Engine[] = [
  { name: 'Chromium', needs: ['chromium'], launch: chromium },
  { name: 'Firefox', needs: ['firefox-esr'], launch: firefox },
  { name: 'WebKit', needs: ['WebKitWebDriver', 'xvfb-run'], launch: webkit },
]
