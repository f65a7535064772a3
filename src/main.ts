import { enableCompileCache } from 'node:module';

// Before anything else is loaded: from a checkout this saves a third of the start. The directory belongs to whoever
// installed the program; a place in /tmp, Node's default, could be prepared by others.
enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/compile`);

const { runCommandLine } = await import('./cli/command-line.ts');
process.exit(await runCommandLine(process.argv.slice(2), (code) => process.exit(code)));
