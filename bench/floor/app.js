import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'

/**
 * The least that an Express page can do for a sign-in with OAuth 2.0: `state` apart, nothing is verified and nothing is guarded. What
 * it measures is Express, express-session and EJS themselves, set up as their documents say.
 */
const { PORT, OAUTH2_ISSUER, OAUTH2_CLIENT_ID = '', OAUTH2_CLIENT_SECRET = '', SESSION_SECRET = '' } = process.env
const origin = `http://127.0.0.1:${PORT}`
const endpoint = `${OAUTH2_ISSUER}/protocol/openid-connect`
const credentials = `Basic ${Buffer.from(`${OAUTH2_CLIENT_ID}:${OAUTH2_CLIENT_SECRET}`).toString('base64')}`

/** @param {Record<string, string>} fields */
async function askForTokens(fields) {
  const response = await fetch(`${endpoint}/token`, {
    method: 'POST',
    headers: { authorization: credentials },
    body: new URLSearchParams(fields),
  })
  if (!response.ok) throw new Error(`the token endpoint answered ${response.status}`)
  return response.json()
}

const claims = (/** @type {string} */ token) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

const app = express()
app.set('views', new URL('views', import.meta.url).pathname)
app.set('view engine', 'ejs')
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false, ...(await sessionStore()) }))

app.get('/', (_req, res) => res.render('home'))

app.get('/auth/oauth2', (req, res) => {
  const state = randomBytes(16).toString('hex')
  req.session.state = state
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: OAUTH2_CLIENT_ID,
    redirect_uri: `${origin}/auth/oauth2/callback`,
    scope: 'offline_access',
    state,
  })
  res.redirect(`${endpoint}/auth?${query}`)
})

app.get('/auth/oauth2/callback', async (req, res) => {
  if (req.query.state !== req.session.state) throw new Error('another state')
  req.session.tokens = await askForTokens({
    grant_type: 'authorization_code',
    code: String(req.query.code),
    redirect_uri: `${origin}/auth/oauth2/callback`,
  })
  res.redirect('/profile')
})

app.get('/profile', (req, res) => {
  const { tokens } = req.session
  if (!tokens) return res.redirect('/')
  res.render('profile', { tokens, who: claims(tokens.access_token) })
})

app.post('/auth/refresh', async (req, res) => {
  const { refresh_token } = req.session.tokens
  req.session.tokens = await askForTokens({ grant_type: 'refresh_token', refresh_token })
  res.redirect(303, '/profile')
})

app.listen(Number(PORT), '127.0.0.1')

async function sessionStore() {
  if (!process.env.REDIS_URL) return {}
  const [{ RedisStore }, { createClient }] = await Promise.all([import('connect-redis'), import('redis')])
  const client = createClient({ url: process.env.REDIS_URL })
  await client.connect()
  return { store: new RedisStore({ client }) }
}
