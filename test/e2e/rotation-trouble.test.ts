import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { verify } from '../../src/cli/verify/verify.ts';
import { Place } from '../integration/place.ts';
import { asNobody, NOBODY } from '../support/as-nobody.ts';
import { Daemon, type DaemonOptions } from '../support/daemon.ts';
import { buildKeyedJournal } from '../support/keyed-journal.ts';
import { checkSequence } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { filesBelow, numbersIn, outputsBelow } from '../support/outputs.ts';
import { Tmpfs } from '../support/tmpfs.ts';

const ENTRIES = 12_000;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** Something that goes wrong while files are rotated, and is mended. */
interface Trouble {
  readonly config: object;
  /** Where the outputs are. */
  readonly folder: string;
  readonly complaint: RegExp;
  readonly options: DaemonOptions;
  readonly hurt: () => Promise<void>;
  readonly heal: () => Promise<void>;
}

/** Senders that rotate, compress, chain and sort, all into one folder. */
async function makeConfig(place: Place, folder: string): Promise<object> {
  const journal_path = join(place.path, 'journal');
  const keyOf = (n: number) => `k${n % 10}`;
  await buildKeyedJournal(journal_path, { count: ENTRIES, keyOf, lengthOf: (n) => 100 + (n % 150) });
  await chmod(place.path, 0o755);
  for (const name of await readdir(journal_path)) await chmod(join(journal_path, name), 0o644);
  const common = { hash_chain: true, rotate: { max_bytes: 40_000, compress: 'gzip' }, create_directories: true };
  const senders = {
    batch: { ...common, file_output: join(folder, 'batch/o.jsonl') },
    interval: { ...common, file_output: join(folder, 'interval/o.jsonl'), fsync: 'interval', fsync_interval: 0.1 },
    sorted: { ...common, file_output: join(folder, 'sorted/{KEY}.jsonl'), fsync: 'interval', fsync_interval: 0.1 },
  };
  return place.config({ reader: { journal_path, msg_buffer_max_length: 100 }, senders });
}

/** Runs into the trouble in the middle of the work, stays in it for several tries, and is healed; killed in between or not. */
async function goThrough({ config, folder, complaint, options, hurt, heal }: Trouble, isKilled: boolean) {
  let daemon = await Daemon.start(config, options);
  try {
    await daemon.waitFor(async () => (await filesBelow(folder)).length > 20, 'some rotations');
    await hurt();
    await daemon.waitForLog(complaint);
    if (isKilled) {
      await daemon.kill9();
      await daemon[Symbol.asyncDispose]();
      daemon = await Daemon.start(config, options);
      await daemon.waitForLog(complaint);
    }
    const beganMs = performance.now();
    await daemon.waitFor(() => performance.now() - beganMs > 3000, 'three seconds of trouble');
    await heal();
    for (const name of ['batch', 'interval', 'sorted']) {
      const isAll = async () => (await linesIn(join(folder, name))) >= ENTRIES;
      await daemon.waitFor(isAll, `all lines of ${name}`, 150_000);
    }
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0, stderr);
    checkLog(stderr);
  } finally {
    await daemon[Symbol.asyncDispose]();
  }
  for (const name of ['batch', 'interval', 'sorted']) await checkOutputs(join(folder, name));
}

/** While files are compressed and renamed they cannot all be read at once: asked again then. */
async function linesIn(folder: string): Promise<number> {
  const outputs = await outputsBelow(folder).catch(() => []);
  return outputs.reduce((sum, { lines }) => sum + lines.length, 0);
}

/** Each sender tells its trouble once, not each of its files and tries. */
function checkLog(stderr: string): void {
  const errors = stderr.split('\n').filter((line) => line.includes(' ERROR '));
  assert.ok(errors.length >= 1 && errors.length <= 3, errors.join('\n'));
  assert.equal(new Set(errors.map((line) => / sys\.\w+: /.exec(line)?.[0])).size, errors.length, errors.join('\n'));
  assert.doesNotMatch(stderr, /may come twice|\n {4}at /);
}

async function checkOutputs(folder: string): Promise<void> {
  const outputs = await outputsBelow(folder);
  assert.deepEqual(checkSequence(numbersIn(outputs), ENTRIES), complete, folder);
  let said = '';
  const stream = { write: (text: string) => (said += text) };
  const paths = outputs.flatMap(({ files }) => files);
  assert.equal(await verify({ paths, key: undefined, state: undefined }, { out: stream, err: stream }), 0, said);
}

for (const isKilled of [false, true]) {
  const ending = isKilled ? ', killed meanwhile: ' : ': ';
  const result = 'it is told once for each sender, nothing is lost, nothing is twice';

  test(`a disk that is full while files are rotated${ending}${result}`, { timeout: 300_000 }, async (t) => {
    if (!need(t, 'tmpfs', 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    await using disk = await Tmpfs.mount(24 << 20);
    const config = await makeConfig(place, disk.path);

    await goThrough(
      {
        config,
        folder: disk.path,
        complaint: /cannot write to .*: the disk is full; free some space/,
        options: {},
        hurt: () => disk.fill(),
        heal: () => disk.free(),
      },
      isKilled,
    );
  });

  test(
    `a right to write that is taken away while files are rotated${ending}${result}`,
    { timeout: 300_000 },
    async (t) => {
      if (!need(t, 'mount namespaces', 'journalctl', 'systemd-journal-remote')) return;
      await using place = await Place.make();
      const folder = join(place.path, 'outputs');
      const config = await makeConfig(place, folder);
      await mkdir(folder);
      await chown(folder, NOBODY, NOBODY);
      await writeFile(place.statePath, '{"readers":{}}');
      for (const path of [place.path, place.statePath]) await chown(path, NOBODY, NOBODY);
      const setAll = async (mode: number) => {
        for (const name of ['batch', 'interval', 'sorted']) await chmod(join(folder, name), mode);
      };

      await goThrough(
        {
          config,
          folder,
          complaint: /cannot write to .*: this process may not write there; check the owner and mode/,
          options: { inside: asNobody },
          hurt: () => setAll(0o555),
          heal: () => setAll(0o755),
        },
        isKilled,
      );
    },
  );
}
