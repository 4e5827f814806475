/** What a server holds when the load is over. */
export const memory = {
  id: 'memory',
  rows: [{ title: 'memory, after the load', unit: 'MiB' }],
  /** @param {import('../server-process.js').Running} server */
  measure: async (server) => [(await server.memory()) / 2 ** 20],
}
