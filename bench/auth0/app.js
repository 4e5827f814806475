import express from 'express'
import openid from 'express-openid-connect'

/** Auth0's middleware as its documents set it up, with the code flow and offline access. Its session is an encrypted cookie. */
const { PORT, OAUTH2_ISSUER, OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET, SESSION_SECRET } = process.env

const app = express()
app.set('views', new URL('views', import.meta.url).pathname)
app.set('view engine', 'ejs')
app.use(
  openid.auth({
    issuerBaseURL: OAUTH2_ISSUER,
    baseURL: `http://127.0.0.1:${PORT}`,
    clientID: OAUTH2_CLIENT_ID,
    clientSecret: OAUTH2_CLIENT_SECRET,
    secret: SESSION_SECRET,
    authRequired: false,
    authorizationParams: { response_type: 'code', scope: 'openid offline_access' },
    routes: { login: false, callback: '/auth/oauth2/callback' },
  }),
)

const claims = (/** @type {string} */ token) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

app.get('/', (_req, res) => res.render('home'))
app.get('/auth/oauth2', (_req, res) => res.oidc.login({ returnTo: '/profile' }))
app.get('/profile', openid.requiresAuth(), (req, res) => {
  const { accessToken, refreshToken } = req.oidc
  const tokens = { access_token: accessToken?.access_token ?? '', refresh_token: refreshToken }
  res.render('profile', { tokens, who: claims(tokens.access_token) })
})
app.post('/auth/refresh', openid.requiresAuth(), async (req, res) => {
  await req.oidc.accessToken?.refresh()
  res.redirect(303, '/profile')
})

app.listen(Number(PORT), '127.0.0.1')
