import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { closeLater } from '../../support/closing.js'

interface Container {
  Env: string[] | null
  Cmd: string[]
  Image: string
  User: string
  HostConfig: { Binds: string[] | null }
}

/** What Docker's client talks to. Of what it has created last, `/script` is a shell script that does as much without an image. */
export async function startEngine() {
  const created: Container[] = []
  const volumes: string[] = []
  const server = createServer(async (req, res) => {
    res.setHeader('Api-Version', '1.41')
    const json = (value: object) =>
      res.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
    if (req.url === '/script') return void res.end(script(created.at(-1) as Container))
    const body = await text(req)
    if (req.url?.endsWith('/volumes/create')) {
      volumes.push(JSON.parse(body).Name)
      json({ Name: volumes.at(-1) })
    } else if (req.url?.includes('/containers/create')) {
      created.push(JSON.parse(body))
      json({ Id: '0123456789ab', Warnings: [] })
    } else if (req.method === 'DELETE') {
      volumes.splice(volumes.indexOf(req.url?.split('/').at(-1) ?? ''), 1)
      res.writeHead(204).end()
    } else res.end('OK')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    created,
    volumes,
    close: closeLater(() => new Promise((resolve) => server.close(resolve))),
  }
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

function script({ Env, Cmd, User, HostConfig }: Container): string {
  const mounts = (HostConfig.Binds ?? []).map((bind) => {
    const [from = '', to = '', options] = bind.split(':')
    const source = from.startsWith('/') ? from : `/var/lib/volumes/${from}`
    return `
[ -e ${source} ] || mkdir -p ${source}
if [ -d ${source} ]; then mkdir -p ${to}; else touch ${to}; fi
mount --bind ${source} ${to}
${options === 'ro' ? `mount -o remount,ro,bind ${to}` : ''}`
  })
  const [user, group] = User === '' ? ['0', '0'] : User.split(':')
  const words = ['PATH=/usr/bin:/bin', ...(Env ?? []), ...Cmd].map(quoted).join(' ')
  return `set -e\n${mounts.join('\n')}\nexec setpriv --reuid ${user} --regid ${group} --clear-groups env -i ${words}\n`
}
