import { noticedBy } from '../mutant.js'

const FORMATS = 'test/device-config/formats.test.ts'
const EXPORT = 'test/promises/G-export-and-log.test.ts'

/** Edits of the files for devices: configs and programs. */
export const MUTANTS = [
  ...noticedBy(FORMATS, '', [
    [
      'server/device-config/formats.ts',
      '    if (read[name] !== value) throw new UnwritableValue(field, firstDifference(value, read[name]))\n',
      '',
      'a file is handed out that its reader reads differently',
    ],
    [
      'server/device-config/formats.ts',
      '  refuseImpossible(fields)\n',
      '',
      'a line break in a value adds a line of its own',
    ],
    [
      'server/device-config/formats/sh.ts',
      "`'${value.replaceAll(\"'\", \"'\\\\''\")}'`",
      "`'${value}'`",
      'a quote in a secret runs a command',
    ],
    [
      'server/device-config/formats/arduino.ts',
      '.replace(/[\\\\"?]/g,',
      '.replace(/[\\\\"]/g,',
      'two question marks in a secret become another character (trigraphs)',
    ],
    [
      'server/device-config/formats/nvs.ts',
      `value.replaceAll('"', '""')`,
      'value',
      'a quote in a secret ends its column',
    ],
  ]),
  ...noticedBy(EXPORT, 'G1 ', [
    [
      'server/device-config/formats/comment.ts',
      "line.replace(/[^A-Za-z0-9 .,:@+-]/gu, '_')",
      'line',
      'a user name adds a line to a file',
    ],
  ]),
  ...noticedBy(EXPORT, 'G2 ', [
    [
      'server/web/routes/device-config.ts',
      "routes.route('/profile/device-config/:format').get(requireLogin, ",
      "routes.route('/profile/device-config/:format').get(",
      'a file for nobody ends in an error of ours',
    ],
  ]),
  ...noticedBy('test/pages/profile-page.test.ts', 'keeps the client secret to itself', [
    [
      'server/device-config/device-config.ts',
      'clientSecret === null || config.showClientSecret ? clientSecret : CLIENT_SECRET_PLACEHOLDER',
      'clientSecret',
      'everyone who signs in reads the client secret',
    ],
  ]),
  ...noticedBy('test/programs/storing.test.ts', 'refresh.mjs in Node, as a process, never sends', [
    [
      'server/device-config/programs/refresh.mjs',
      '    if (status === 0) return () => fs.closeSync(opened)\n',
      '    if (status === 0 || status !== 0) return () => fs.closeSync(opened)\n',
      'two runs at once send the same one-time token',
    ],
  ]),
  ...noticedBy('test/programs/storing.test.ts', 'refresh.py in Python, as a process, keeps the mode', [
    [
      'server/device-config/programs/refresh.py',
      '    os.chmod(new, stat.S_IMODE(os.stat(path).st_mode))\n',
      '',
      'everyone on the machine may read the token, or its owner may not',
    ],
  ]),
  ...noticedBy('test/programs/storing.test.ts', 'refresh.sh in (dash|sh|bash), as a process, never sends', [
    [
      'server/device-config/programs/refresh.sh',
      '    lock        # two runs',
      '    :           # two runs',
      'two runs at once send the same one-time token',
    ],
  ]),
  ...noticedBy('test/promises/J-drawn.test.ts', 'J19 a byte order', [
    [
      'server/device-config/formats/quoted.ts',
      '.replace(/[\\ufeff\\ufffe\\uffff]/g, (c) => `\\\\u${c.charCodeAt(0).toString(16)}`)',
      '',
      'a byte order mark in a secret is dropped by YAML',
    ],
  ]),
  ...noticedBy('test/promises/J-drawn.test.ts', 'J19 a token that is too long', [
    [
      'server/device-config/formats/nvs.ts',
      '  if (bytes > LONGEST) {',
      '  if (false) {',
      'the partition of an ESP32 can not be made, or the token is cut',
    ],
  ]),
  ...noticedBy('test/tokens/pasted.test.ts', '', [
    [
      'server/tokens/pasted.ts',
      '  if (kind === null) return token\n',
      '  return token\n',
      'an access token is sent as a refresh token',
    ],
  ]),
]
