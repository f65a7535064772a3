// `npm ci` ends with this: it fills the compile cache, so that already the first start is a fast and a small one
// (see src/prepare-process.ts). Without the cache everything works, too.

const modules = [
  'cli/command-line.ts',
  'cli/run/run.ts',
  'cli/check/check.ts',
  'cli/explain/explain.ts',
  'senders/file/file-sender.ts',
  'transform/redact.ts',
  'transform/search.ts',
];

const { enableCompileCache } = await import('node:module');
enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/compile`);
await Promise.all(modules.map((name) => import(`../src/${name}`)));
