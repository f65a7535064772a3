#!/usr/bin/env node
import { prepareProcess } from './prepare-process.ts';

prepareProcess();

const [{ runCommandLine }, { leaveAtOnce, leaveIfStuck }] = await Promise.all([
  import('./cli/command-line.ts'),
  import('./leave.ts'),
]);
const code = await runCommandLine(process.argv.slice(2), (early) => {
  leaveAtOnce(early);
  process.exit(early);
});
leaveIfStuck(code);
process.exit(code);
