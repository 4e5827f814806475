import { callScript, commands, type Ingredients, later, type Part, type Recipe, replaceApi } from './recipe.js'

/** A user and a folder of the token's own; a timer that uses the token daily. */
export const linux: Recipe = {
  place: 'linux',
  steps: (given) => {
    const { name, saved } = given
    return [
      {
        title: 'Make a user and a folder for the token',
        text: "Then other users can't read it.",
        code: [
          commands(
            `sudo useradd --system --user-group --home-dir /var/lib/${name} --shell /usr/sbin/nologin ${name}`,
            `sudo install -d -o ${name} -g ${name} -m 700 /var/lib/${name}`,
          ),
        ],
      },
      {
        title: 'Install the file and the program',
        files: ['sh', 'curl'],
        text: 'Run this where you downloaded them. The last command prints an access token. `refresh.sh` needs curl.',
        code: [
          commands(
            `sudo install -o ${name} -g ${name} -m 600 ${saved('device.sh')} /var/lib/${name}/device.sh`,
            `sudo install -m 755 refresh.sh /var/lib/${name}/`,
            `rm ${saved('device.sh')}`,
            `sudo -u ${name} sh /var/lib/${name}/refresh.sh`,
          ),
        ],
        ways: [inPythonOrNode(given), environment],
      },
      {
        title: 'Call your API',
        text: `${replaceApi} \`--cached\` refreshes only when the last access token is about to expire.`,
        code: [
          commands(
            `sudo tee /var/lib/${name}/call.sh >/dev/null <<'end'`,
            callScript,
            'end',
            `sudo -u ${name} sh /var/lib/${name}/call.sh`,
          ),
        ],
      },
      {
        title: 'Keep the token alive',
        text: `A refresh token expires if it is not used. This timer uses it once a day, also after the machine was off, and tries again when the provider is busy. If the first start works, that command prints nothing; else \`journalctl -u ${name}\` says why.`,
        code: [commands(...timer(given))],
        ways: [cron(given)],
      },
      later(`To replace it, mint another token and repeat the first command of step 2 with the new file.`, [
        commands(
          `sudo systemctl disable --now ${name}.timer`,
          `sudo rm -rf /var/lib/${name} /etc/systemd/system/${name}.service /etc/systemd/system/${name}.timer /etc/cron.d/${name}`,
          `sudo userdel ${name}`,
        ),
      ]),
    ]
  },
}

/** Units that systemd-analyze verifies. The access token does not go to the journal. */
export const timer = ({ name }: Pick<Ingredients, 'name'>): readonly string[] => [
  `sudo tee /etc/systemd/system/${name}.service >/dev/null <<'end'
[Unit]
Description=Use the refresh token of ${name}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=${name}
ExecStart=/bin/sh /var/lib/${name}/refresh.sh
StandardOutput=null
TimeoutStartSec=15min
Restart=on-failure
RestartSec=10min
RestartPreventExitStatus=1 2
end`,
  `sudo tee /etc/systemd/system/${name}.timer >/dev/null <<'end'
[Unit]
Description=Use the refresh token of ${name} daily

[Timer]
OnCalendar=daily
RandomizedDelaySec=6h
Persistent=true

[Install]
WantedBy=timers.target
end`,
  'sudo systemctl daemon-reload',
  `sudo systemctl enable --now ${name}.timer`,
  `sudo systemctl start ${name}.service`,
  `systemctl list-timers --no-pager ${name}.timer`,
]

const cron = ({ name, hour, minute }: Ingredients): Part => ({
  title: 'Without systemd: cron',
  text: 'cron misses the day when the machine is off.',
  code: [
    commands(
      `echo '${minute} ${hour} * * * ${name} sh /var/lib/${name}/refresh.sh >/dev/null' | sudo tee /etc/cron.d/${name}`,
    ),
  ],
})

const inPythonOrNode = ({ name, saved }: Ingredients): Part => ({
  title: 'With Python or Node instead',
  files: ['json', 'python', 'node'],
  text: 'Your own Python or JavaScript can import them: `refresh.access_token()`, `accessToken()`. In the steps below, write `python3` and `refresh.py`, or `node` and `refresh.mjs`, in place of `sh` and `refresh.sh`.',
  code: [
    commands(
      `sudo install -o ${name} -g ${name} -m 600 ${saved('config.json')} /var/lib/${name}/config.json`,
      `sudo install -m 755 refresh.py /var/lib/${name}/`,
      `rm ${saved('config.json')}`,
      `sudo -u ${name} python3 /var/lib/${name}/refresh.py`,
    ),
  ],
})

const environment: Part = {
  title: 'For your own program that refreshes by itself',
  files: ['dotenv', 'systemd', 'yaml'],
}
