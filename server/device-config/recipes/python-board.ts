import { API, commands, inPlace, later, type Part, type Recipe, replaceApi } from './recipe.js'

/** MicroPython with our module; CircuitPython reads settings. */
export const pythonBoard: Recipe = {
  place: 'python-board',
  steps: (given) => [
    {
      title: 'Get the file, the program and the certificate authority',
      files: ['json', 'micropython-program'],
      text: 'The board needs MicroPython 1.22 or newer. It trusts the one authority in `ca.pem`. The last command shows who issued the certificate of your token endpoint; that is the authority whose root certificate belongs into `ca.pem` (for Let’s Encrypt: isrgrootx1.pem).',
      code: [
        commands(
          ...inPlace(given, 'config.json'),
          `openssl s_client -connect ${given.tokenHost} </dev/null 2>/dev/null | openssl x509 -noout -issuer`,
        ),
      ],
      ways: [constants, circuitPython],
    },
    {
      title: 'Copy them to the board, and try',
      text: 'The network must be up: let `boot.py` connect it. The last command prints an access token.',
      code: [
        commands(
          'mpremote cp config.json ca.pem refresh.py :',
          'mpremote exec "import refresh; print(refresh.access_token())"',
        ),
      ],
      notRun: 'We ran the program on MicroPython for Unix, but we had no board.',
    },
    {
      title: 'Call your API, and keep the token alive',
      text: `As \`main.py\`. ${replaceApi} \`access_token()\` refreshes only when it must; if the provider sends a new refresh token, it writes \`config.json\` first.`,
      code: [{ what: 'main.py', text: main }, commands('mpremote cp main.py :')],
    },
    later('To replace it, copy the new `config.json` to the board and restart it.', [
      commands('mpremote rm :config.json'),
    ]),
  ],
}

const main = `import time
import requests
import refresh

while True:
    pause = 900
    try:
        headers = {"Authorization": "Bearer " + refresh.access_token()}
        answer = requests.get("${API}", headers=headers)
        print(answer.status_code, answer.text)
        answer.close()
    except refresh.RefreshError as error:
        print(error)
        if error.code == 2:
            break  # the token is dead: mint a new one
    except OSError as error:
        print(error)
    time.sleep(pause)`

const constants: Part = {
  title: 'As a module of constants, for your own program',
  files: ['micropython'],
  text: '`import oauth2_config`, then `oauth2_config.REFRESH_TOKEN`.',
}

const circuitPython: Part = {
  title: 'CircuitPython',
  files: ['circuitpython'],
  text: '`os.getenv("OAUTH2_REFRESH_TOKEN")` reads it. We have no program for CircuitPython: send the refresh with `adafruit_requests`, as *Raw requests* on this page shows it.',
  notRun: 'A TOML reader and our own check read settings.toml, but we had no board.',
}
