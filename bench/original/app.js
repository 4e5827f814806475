import express from 'express'
import session from 'express-session'
import passport from 'passport'
import OAuth2Strategy from 'passport-oauth2'

/** The design of the demo that this app replaced: Passport's OAuth 2.0 strategy, and the tokens as the user in the session. */
const { PORT, OAUTH2_ISSUER, OAUTH2_CLIENT_ID = '', OAUTH2_CLIENT_SECRET = '', SESSION_SECRET = '' } = process.env
const endpoint = `${OAUTH2_ISSUER}/protocol/openid-connect`

const strategy = new OAuth2Strategy(
  {
    authorizationURL: `${endpoint}/auth`,
    tokenURL: `${endpoint}/token`,
    clientID: OAUTH2_CLIENT_ID,
    clientSecret: OAUTH2_CLIENT_SECRET,
    callbackURL: `http://127.0.0.1:${PORT}/auth/oauth2/callback`,
    scope: 'offline_access',
    state: true,
  },
  (access_token, refresh_token, _profile, done) => done(null, { access_token, refresh_token }),
)
passport.use(strategy)
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

const claims = (/** @type {string} */ token) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

const app = express()
app.set('views', new URL('views', import.meta.url).pathname)
app.set('view engine', 'ejs')
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use(passport.session())

app.get('/', (_req, res) => res.render('home'))
app.get('/auth/oauth2', passport.authenticate('oauth2'))
app.get('/auth/oauth2/callback', passport.authenticate('oauth2', { successRedirect: '/profile', failureRedirect: '/' }))
app.get('/profile', (req, res) => {
  const tokens = req.user
  if (!tokens) return res.redirect('/')
  res.render('profile', { tokens, who: claims(tokens.access_token) })
})
app.post('/auth/refresh', async (req, res) => {
  const response = await fetch(`${endpoint}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: req.user?.refresh_token ?? '',
      client_id: OAUTH2_CLIENT_ID,
      client_secret: OAUTH2_CLIENT_SECRET,
    }),
  })
  const { access_token, refresh_token } = await response.json()
  req.login({ access_token, refresh_token }, () => res.redirect(303, '/profile'))
})

app.listen(Number(PORT), '127.0.0.1')
