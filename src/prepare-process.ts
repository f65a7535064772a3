/** Set in the environment of a process that is prepared already. */
export const MARK = 'JOURNALBRIDGE_PREPARED';

/** What Node is started with. */
export const FLAGS: readonly string[] = [
  // The young generation of V8's heap; we hardly make objects, and a large one only costs memory.
  '--max-semi-space-size=1',
  // The old one would be let grow to some 250 MB before it is looked through for the first time; then to twice what is alive.
  '--initial-old-space-size=32',
  '--heap-growing-percent=100',
  // kafkajs sets a timer to before now, which is harmless; nobody should have to read of it.
  '--disable-warning=TimeoutNegativeWarning',
  // node:ffi, which is tried with the very runtime that is shipped.
  '--disable-warning=ExperimentalWarning',
];

/** What is set in the environment, unless it is set there already. */
export const SETTINGS: Readonly<Record<string, string>> = {
  // One heap of malloc a thread, the default, is mostly empty space.
  MALLOC_ARENA_MAX: '2',
  // Buffers of batches go back to the system when they are freed; glibc would soon keep ever larger ones.
  MALLOC_MMAP_THRESHOLD_: '131072',
  // Many small files are forced to the disk at a time, and a disk that hangs keeps threads for ever: some must be left for others.
  UV_THREADPOOL_SIZE: '64',
};

/** Whether a SIGHUP came before anybody could serve it. */
export const early = { isReloadWanted: false };

/**
 * Starts the program anew in this very process (execve(2), same PID) with settings that can only be made at the start:
 * they save 40 MB of memory. From a checkout the compile cache spares Node to load its TypeScript compiler; the cache
 * lies where only the installer can write, not in /tmp, Node's default, where others could prepare it.
 */
export function prepareProcess(): void {
  // It must not end us, as it does by default.
  process.on('SIGHUP', () => {
    early.isReloadWanted = true;
  });
  const { env } = process;
  if (env[MARK] === '1' || process.execve === undefined) {
    // Not for our children.
    Reflect.deleteProperty(env, MARK);
    return;
  }
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...FLAGS, ...process.argv.slice(1)], {
    ...SETTINGS,
    NODE_COMPILE_CACHE: `${import.meta.dirname}/../node_modules/.cache/compile`,
    ...env,
    [MARK]: '1',
  });
}
