import type { Command } from './command.js'
export const run: Command = async () => 1
