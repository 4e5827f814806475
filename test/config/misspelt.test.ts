import { describe, expect, it } from '@jest/globals'
import { misspelt } from '../../server/config/misspelt.js'
import { OPTIONS } from '../../server/config/options.js'

describe('a name that is almost ours', () => {
  it.each([
    ['OAUTH2_ISUSER', 'OAUTH2_ISSUER'],
    ['OAUTH2_CLIENTID', 'OAUTH2_CLIENT_ID'],
    ['oauth2_client_id', 'OAUTH2_CLIENT_ID'],
    ['OAUTH2_CLIENT_SECRTE', 'OAUTH2_CLIENT_SECRET'],
    ['OAUTH2_CLIENT_SECRET_FLIE', 'OAUTH2_CLIENT_SECRET_FILE'],
    ['OAUTH2_SCOPES', 'OAUTH2_SCOPE'],
    ['OAUTH2_AUTHORISATION_ENDPOINT', 'OAUTH2_AUTHORIZATION_ENDPOINT'],
    ['SESSION_SECRT', 'SESSION_SECRET'],
    ['SESSION_SECRET_FIEL', 'SESSION_SECRET_FILE'],
    ['OAUTH2_PCKE', 'OAUTH2_PKCE'],
    ['OAUTH2_JWKS_URL', 'OAUTH2_JWKS_URI'],
    ['OAUTH2_AUTHORIZATION_PARAM', 'OAUTH2_AUTHORIZATION_PARAMS'],
  ])('%s is taken for %s', (name, meant) => {
    const [problem, ...more] = misspelt({ [name]: 'hush-hush' })
    expect(more).toEqual([])
    expect(problem?.name).toBe(name)
    expect(problem?.cure).toContain(`Did you mean ${meant}?`)
    expect(JSON.stringify(problem)).not.toContain('hush-hush')
  })

  it('is left alone when it is empty', () => {
    expect(misspelt({ OAUTH2_ISUSER: '' })).toEqual([])
  })
})

describe("another program's name", () => {
  const others = {
    // Each of them stopped the start of version 1.
    'much like a setting':
      'LOGLEVEL REDIS_URI VHOST BASEURL BASE_URI REDIS_URLS PROT PORTT HSOT TRUST_PROXIE OAUTH_ISSUER SESION_SECRET LOG_LEVELS',
    shell:
      'HOME PATH PWD SHELL TERM USER LANG TZ HOSTNAME HOSTTYPE LOGNAME MAIL EDITOR SHLVL OLDPWD PS1 DISPLAY LS_COLORS',
    'desktop and session':
      'SSH_CONNECTION SSH_TTY SSH_AUTH_SOCK XDG_SESSION_ID XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS SESSION_MANAGER COLORTERM',
    'Mac and Windows':
      'TMPDIR Path PATHEXT OS TEMP USERNAME USERPROFILE HOMEPATH HOMEDRIVE APPDATA COMSPEC WSL_DISTRO_NAME WSLENV',
    'CI services':
      'CI GITHUB_TOKEN GITHUB_BASE_REF GITHUB_SERVER_URL RUNNER_OS CI_SERVER_HOST CI_SERVER_PORT BUILD_URL JOB_URL BASE_REF',
    Kubernetes:
      'KUBERNETES_PORT KUBERNETES_SERVICE_HOST REDIS_PORT REDIS_HOST REDIS_SERVICE_HOST REDIS_PORT_6379_TCP KEYCLOAK_PORT KEYCLOAK_URL',
    'other programs':
      'DATABASE_URL REDIS_DB REDIS_TLS REDIS_USER POST PORTS HOSTS GHOST GOPROXY FTP_PROXY ALL_PROXY all_proxy DNS_PROXY NODE_ENV BASH_ENV',
    'OAuth programs':
      'OAUTH2_PROXY_CLIENT_ID OAUTH2_PROXY_CLIENT_SECRET OAUTH2_PROXY_SCOPE OAUTH2_PROXY_OIDC_ISSUER_URL OAUTH2_PROXY_COOKIE_SECRET OAUTH2_ISSUER_URL OAUTH2_REDIRECT_URI OAUTH2_AUDIENCE OAUTH2_PROVIDER OAUTH2_REFRESH_TOKEN',
    conda: 'CONDA_PREFIX CONDA_DEFAULT_ENV CC CXX HOST BUILD',
  }
  it.each(Object.entries(others))('%s: is left alone', (_whose, names) => {
    const env = Object.fromEntries(names.split(' ').map((name) => [name, '1']))
    expect(misspelt(env)).toEqual([])
  })

  it('is left alone when it is of the environment that runs these tests', () => {
    expect(misspelt(process.env)).toEqual([])
  })
})

describe('every name of ours', () => {
  it('is no mistake, though some are much like others', () => {
    const names = Object.keys(OPTIONS).flatMap((name) => [name, `${name}_FILE`])
    expect(misspelt(Object.fromEntries(names.map((name) => [name, '1'])))).toEqual([])
  })
})
