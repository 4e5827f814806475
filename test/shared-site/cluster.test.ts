import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { freePort } from '../support/free-port.js'
import { type Redis, serveTls, startRedis } from '../support/redis.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { type Site, startSite } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause } from '../support/wait.js'

/** @param options as redis-cli takes them, to speak to the nodes at these ports */
async function makeCluster(nodes: Redis[], ports: number[], ...options: string[]): Promise<void> {
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', [...options, '--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'ignore' })
  for (const node of nodes) {
    while (!String(await node.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) await pause(100)
  }
}

describeWith(lacking('redis-server', 'redis-cli', 'openssl'), 'a shared site on a Redis Cluster', () => {
  let certificate: Certificate
  let nodes: Redis[]
  let provider: RotatingProvider
  let site: Site

  beforeAll(async () => {
    certificate = makeCertificate()
    const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000']
    nodes = await Promise.all([0, 1, 2].map(() => startRedis(...options)))
    await makeCluster(
      nodes,
      nodes.map(({ port }) => port),
    )
    provider = await startRotatingProvider(certificate)
    site = await startSite({ provider, certificate, redisUrl: nodes[0]?.url })
  }, 60_000)
  afterAll(async () => {
    await site?.close()
    await provider?.close()
    await Promise.all(nodes.map((node) => node.stop()))
  })

  it('finds out by itself that it is one, and spreads sessions over all of its nodes', async () => {
    const round = async (number: number) => {
      const visitor = site.visitor(`visitor-${number}`)
      expect((await visitor.come()).status).toBe(303)
      const answers = await Promise.all([1, 2, 3].map(() => visitor.json('post', '/auth/refresh')))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
      expect((await visitor.get('/profile/device-config/json')).status).toBe(200)
      const { json } = await visitor.json('get', '/profile')
      expect(provider.lives(json.refresh_token)).toBe(true)
      if (number % 2 === 0) expect((await visitor.json('post', '/auth/logout')).status).toBe(204)
    }
    for (let begun = 0; begun < 30; begun += 5) await Promise.all([0, 1, 2, 3, 4].map((one) => round(begun + one)))
    expect(provider.refreshes.refused).toBe(0)
    for (const node of nodes) expect(await node.command('DBSIZE')).toBeGreaterThan(5)
  }, 90_000)

  it('puts a list and the leases of its tokens on one node', async () => {
    const slots = await Promise.all(
      ['list:{an-id}', 'lease:{an-id}:a-token'].map((key) => nodes[0]?.command('CLUSTER', 'KEYSLOT', `otm:2:${key}`)),
    )
    expect(slots[0]).toBe(slots[1])
  })

  it('says 503 within 1.5 s when it is frozen, and goes on by itself when it is back', async () => {
    const visitor = site.visitor('unlucky')
    await visitor.come()
    for (const node of nodes) node.freeze()
    let began = performance.now()
    let answer = await visitor.get('/profile')
    for (let tries = 0; tries < 5 && performance.now() - began >= 1_500; tries += 1) {
      began = performance.now()
      answer = await visitor.get('/profile')
    }
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([503, null])
    expect(performance.now() - began).toBeLessThan(1_500)
    for (const node of nodes) node.thaw()
    let status = 0
    while (status !== 200 && performance.now() - began < 40_000) {
      await pause(200)
      status = (await visitor.json('get', '/profile')).status
    }
    expect(status).toBe(200)
    const told = () => site.replicas.flatMap((replica) => replica.log()).map(({ msg }) => msg)
    while (!told().includes('Redis back') && performance.now() - began < 50_000) await pause(50)
    expect(told()).toEqual(expect.arrayContaining(['Redis lost', 'Redis back']))
  }, 90_000)

  it('answers within 1.5 s while the node that the URL names is dead, and takes sign-ins again when it is back', async () => {
    await nodes[0]?.kill()
    const took: number[] = []
    for (let number = 0; number < 10; number += 1) {
      const began = performance.now()
      const { status } = await site.visitor(`patient-${number}`).get('/auth/oauth2')
      expect([302, 503]).toContain(status)
      took.push(performance.now() - began)
    }
    // The median: this machine may be busy with other things.
    expect(took.sort((a, b) => a - b)[5]).toBeLessThan(1_500)
    await nodes[0]?.start()
    const began = performance.now()
    let signedIn = 0
    for (let number = 0; signedIn < 10 && performance.now() - began < 40_000; number += 1) {
      const { status } = await site.visitor(`back-${number}`).come()
      signedIn = status === 303 ? signedIn + 1 : 0
      if (status !== 303) await pause(200)
    }
    expect(signedIn).toBe(10)
  }, 90_000)
})

describeWith(lacking('redis-server', 'redis-cli', 'openssl'), 'a Redis Cluster over TLS', () => {
  it('is reached at each of its nodes with the user, the password and the TLS of the one that the URL names', async () => {
    const certificate = makeCertificate()
    const provider = await startRotatingProvider(certificate)
    const ports = [await freePort(), await freePort(), await freePort()]
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000', '--tls-cluster', 'yes']
    const nodes = await Promise.all(
      ports.map((port) => startRedis(...cluster, '--tls-port', String(port), ...serveTls(certificate))),
    )
    await makeCluster(nodes, ports, '--tls', '--cacert', certificate.certFile)
    const allowed = ['+@read', '+@write', '+@scripting', '+@connection', '-@dangerous', '+cluster|slots']
    for (const node of nodes) {
      await node.command('ACL', 'SETUSER', 'mint', 'on', '>p@ss/word', '~otm:*', ...allowed)
      await node.command('ACL', 'SETUSER', 'default', 'off')
    }
    const redisUrl = `rediss://mint:p%40ss%2Fword@127.0.0.1:${ports[0]}`
    const env = { NODE_EXTRA_CA_CERTS: certificate.certFile }
    const site = await startSite({ provider, certificate, redisUrl, env })
    for (let number = 0; number < 12; number += 1) {
      const visitor = site.visitor(`visitor-${number}`)
      expect((await visitor.come()).status).toBe(303)
      expect((await visitor.json('post', '/auth/refresh')).status).toBe(200)
      expect((await visitor.json('get', '/profile')).json.refresh_token).toBe(provider.given.at(-1))
    }
    await site.close()
    await Promise.all([provider.close(), ...nodes.map((node) => node.stop())])
  }, 90_000)
})
