import { callScript, commands, later, type Part, type Recipe, replaceApi } from './recipe.js'

/** A command that calls the API. The token itself never becomes a state, which is shown, recorded and cut at 255 characters. */
export const homeAutomation: Recipe = {
  place: 'home-automation',
  steps: ({ saved }) => [
    {
      title: 'Put the file and the program into a folder that Home Assistant sees',
      files: ['sh', 'curl'],
      text: 'For example with the add-on *Terminal & SSH*, in the folder of `configuration.yaml` (`/config` there). The last command prints an access token. Backups of Home Assistant contain this folder.',
      code: [
        commands(
          'cd /config && mkdir -p oauth2 && chmod 700 oauth2',
          `install -m 600 ${saved('device.sh')} oauth2/device.sh`,
          `rm ${saved('device.sh')}`,
          'mv refresh.sh oauth2/',
          'sh oauth2/refresh.sh',
        ),
      ],
      ways: [withPython],
    },
    {
      title: 'Call your API',
      text: `${replaceApi} The script prints your API's answer, not the token. In the next step, that becomes the sensor's state.`,
      code: [commands("cat >/config/oauth2/call.sh <<'end'", callScript, 'end', 'sh /config/oauth2/call.sh')],
    },
    {
      title: 'Make it a sensor',
      text: 'In `configuration.yaml`. Each call keeps the token alive. `value_template` takes one value out of a JSON answer; a state has 255 characters at most.',
      code: [
        {
          what: 'lines',
          text: `command_line:
  - sensor:
      name: Measurement
      command: sh /config/oauth2/call.sh
      command_timeout: 330
      scan_interval: 900
      value_template: "{{ value_json.value }}"`,
        },
      ],
      notRun: 'We had no Home Assistant.',
      ways: [nodeRed, esphome, ownProgram],
    },
    later('To replace it, put the new file in place of `/config/oauth2/device.sh`.', [
      commands('rm -r /config/oauth2'),
    ]),
  ],
}

const withPython: Part = {
  title: 'With Python or Node instead',
  files: ['json', 'python', 'node'],
  text: 'Put `config.json` (mode 600) and one of the programs into the folder, and write `python3` and `refresh.py`, or `node` and `refresh.mjs`, in `call.sh`.',
}

const nodeRed: Part = {
  title: 'Node-RED',
  text: 'Put the folder at `/data/oauth2` (in Docker) or into `~/.node-red`, and import this flow. Keep the token out of flows and contexts: Node-RED stores both in plain files.',
  code: [
    {
      what: 'flow',
      text: JSON.stringify(
        [
          { id: 'call', type: 'inject', repeat: '900', once: true, wires: [['run']] },
          {
            id: 'run',
            type: 'exec',
            command: 'sh /data/oauth2/call.sh',
            append: '',
            timer: '330',
            wires: [['show'], ['show'], []],
          },
          { id: 'show', type: 'debug', complete: 'payload', wires: [] },
        ],
        null,
        1,
      ),
    },
  ],
  notRun: 'We had no Node-RED.',
}

const esphome: Part = {
  title: 'ESPHome: Home Assistant gives it an access token',
  text: 'A board with ESPHome has no place for a refresh token: it reads at most 1,000 bytes of an answer and stores strings of at most 254 characters. So Home Assistant refreshes, and gives the board an access token over its encrypted connection. `sensor_node` is the name of your board.',
  code: [
    {
      what: 'lines for configuration.yaml',
      text: `shell_command:
  access_token: sh /config/oauth2/refresh.sh --cached
script:
  call_api:
    sequence:
      - action: shell_command.access_token
        response_variable: answer
      - condition: template
        value_template: "{{ answer.returncode == 0 }}"
      - action: esphome.sensor_node_call_api
        data:
          token: "{{ answer.stdout }}"`,
    },
    {
      what: "lines for the board's YAML",
      text: `http_request:
  timeout: 20s
api:
  actions:
    - action: call_api
      variables:
        token: string
      then:
        - http_request.get:
            url: https://api.example.org/measurements
            request_headers:
              Authorization: !lambda 'return "Bearer " + token;'`,
    },
  ],
  notRun: "ESPHome's own parser read the board's lines, but we had no board and no Home Assistant.",
}

const ownProgram: Part = {
  title: 'For your own program that refreshes by itself',
  files: ['esphome', 'systemd', 'yaml'],
  text: 'Home Assistant and ESPHome read `secrets.yaml`; Node-RED reads `device.env` as its file `environment`.',
}
