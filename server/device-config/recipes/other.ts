import { commands, type Ingredients, inPlace, later, type Part, type Recipe } from './recipe.js'
import { snippets } from './snippets.js'

/** Code to paste into one's own program; programs that run a command; Windows. */
export const other: Recipe = {
  place: 'other',
  steps: (given) => [
    {
      title: 'Put the file where your program runs',
      files: ['json', 'sh'],
      text: 'Let only its user read it (`chmod 600`). `config.json` is for Python and JavaScript, `device.sh` for the shell.',
      code: [commands(...inPlace(given, 'config.json')), commands(...inPlace(given, 'device.sh'))],
      ways: [formats],
    },
    given.usage === 'keep' ? snippetStep(given) : programStep,
    {
      title: 'Keep it alive',
      text: 'A refresh token expires if it is not used: run this at least once a day.',
      ways: [windows(given), printsToken, readsToken],
    },
    later('To replace it, put the new file in place of the old one.'),
  ],
}

const snippetStep = (given: Ingredients) => ({
  title: 'Get an access token in your own code, and call your API',
  text: 'This token stays the same, so these few lines are enough. They print an access token: send it to your API as `Authorization: Bearer …`. The programs below do more: they try again, and say what is wrong.',
  code: snippets(given.method),
  ways: [{ title: 'Or run a program', files: programs }],
})

const programs = ['curl', 'python', 'node']

const programStep: Part = {
  title: 'Let a program get the access token',
  files: programs,
  text: 'Each refresh brings another token, which must be stored before anything else happens: these programs do that. Put one beside its file and run it; it prints an access token. Send that to your API as `Authorization: Bearer …`.',
  code: [commands('sh refresh.sh'), commands('python3 refresh.py'), commands('node refresh.mjs')],
}

const formats: Part = { title: 'Other forms of the file', files: ['dotenv', 'yaml'] }

const windows = ({ name, saved, hour, minute }: Ingredients): Part => ({
  title: 'Windows',
  files: ['node'],
  text: 'In PowerShell, in the folder of the downloads. The task runs daily, and later if the machine was off.',
  code: [
    commands(
      `$folder = New-Item -ItemType Directory "$env:LOCALAPPDATA\\${name}"`,
      `Move-Item ${saved('config.json')} "$folder\\config.json"`,
      'Move-Item refresh.mjs $folder',
      'icacls $folder /inheritance:r /grant:r "$($env:USERNAME):(OI)(CI)F"',
      'node "$folder\\refresh.mjs"',
      '$action = New-ScheduledTaskAction -Execute (Get-Command node).Source -Argument "`"$folder\\refresh.mjs`""',
      `$trigger = New-ScheduledTaskTrigger -Daily -At ${hour}:${String(minute).padStart(2, '0')} -RandomDelay 01:00:00`,
      '$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable',
      `Register-ScheduledTask ${name} -Action $action -Trigger $trigger -Settings $settings`,
    ),
  ],
  notRun: 'We had no Windows.',
})

const printsToken: Part = {
  title: 'Programs that run a command for an access token',
  text: 'Give them `refresh.sh --cached` with its full path.',
  code: [
    {
      what: 'lines',
      text: `# ~/.mbsyncrc
PassCmd "sh /path/to/refresh.sh --cached"
# ~/.msmtprc
passwordeval "sh /path/to/refresh.sh --cached"
# ~/.neomuttrc
set imap_oauth_refresh_command="sh /path/to/refresh.sh --cached"`,
    },
  ],
  notRun: 'Written from their manuals.',
}

const readsToken: Part = {
  title: 'Programs that take the refresh token itself',
  text: 'rclone, kubectl and getmail6 store the token that comes back. Prometheus, tools like it and OfflineIMAP do not, so they need a token that stays the same. `docs/device-configs.md` says what to write, and what we tried.',
}
