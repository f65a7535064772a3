#!/usr/bin/env node
import { prepareProcess } from './prepare-process.ts';

prepareProcess();

const { runCommandLine } = await import('./cli/command-line.ts');
process.exit(await runCommandLine(process.argv.slice(2), (code) => process.exit(code)));
