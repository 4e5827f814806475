/** Ends Node as a power cut does, at the change of the disk that POWER_CUT counts to. Loaded by NODE_OPTIONS=--require. */
const fs = require('node:fs')

let left = Number(process.env.POWER_CUT)

for (const name of ['openSync', 'writeFileSync', 'fsyncSync', 'chownSync', 'chmodSync', 'renameSync', 'unlinkSync']) {
  const real = fs[name]
  fs[name] = (...args) => {
    if (left-- === 0) process.kill(process.pid, 'SIGKILL')
    return real(...args)
  }
}
