import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { generateEntries } from '../test/support/entries.ts';
import { buildJournal } from '../test/support/journal-builder.ts';
import { samplePath } from './sample-journal.ts';

// Makes the sample journal anew. Needed only when it should hold something else: each time it is another file.

await using folder = await mkdtempDisposable(join(tmpdir(), 'journalbridge-sample-'));
const { count } = await buildJournal(folder.path, generateEntries({ count: 2000, seed: 2026 }), { portable: true });
const journal = await readFile(join(folder.path, 'system.journal'));
// a third smaller than gzip: most of a journal file are offsets and hash tables far apart
const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: journal.length };
const packed = brotliCompressSync(journal, { params });
await writeFile(samplePath, packed);
console.log(`${relative('.', samplePath)}: ${count} entries, ${packed.length} bytes`);
