#!/usr/bin/env node
import { runCommandLine } from './commands/run.js'

await runCommandLine(process)
