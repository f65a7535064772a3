// `npm ci` ends with this: it fills the compile cache, so that already the first start is a fast and a small one
// (see src/prepare-process.ts). Without the cache everything works, too.
import { execFileSync } from 'node:child_process';
import { enableCompileCache } from 'node:module';
import { FLAGS } from '../src/prepare-process.ts';

const modules = [
  'cli/command-line.ts',
  'cli/run/run.ts',
  'cli/check/check.ts',
  'cli/explain/explain.ts',
  'senders/file/file-sender.ts',
  'transform/redact.ts',
  'transform/search.ts',
];

// V8 takes only what was compiled under its own flags.
if (FLAGS.every((flag) => process.execArgv.includes(flag))) {
  enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/compile`);
  await Promise.all(modules.map((name) => import(`../src/${name}`)));
} else {
  execFileSync(process.execPath, [...FLAGS, import.meta.filename], { stdio: 'inherit' });
}
