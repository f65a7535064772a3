import { parseArgs } from 'node:util';
import { messageOf } from '../../src/errors.ts';
import { isClean, tableOf } from './account.ts';
import type { SoakOptions } from './pace.ts';
import { soak, type SoakResult } from './soak.ts';

/**
 * Runs the daemon for minutes under load and random faults, and accounts for every entry:
 * `npm run soak -- [--all] [--minutes N] [--rate PER_SECOND] [--seed S]`. Ends with 0 only if the account adds up.
 */

const MAX_SHOWN = 20;

function optionsOf(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      all: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const { all: isWhole } = values;
  return {
    isWhole,
    minutes: Number(values.minutes ?? (isWhole ? 20 : 3)),
    perSecond: Number(values.rate ?? (isWhole ? 1000 : 2000)),
    seed: Number(values.seed),
  };
}

/** Says what came out; returns whether all is well. */
function report({ accounts, faults, gaps, complaints, peakBytes, recoveryMs }: SoakResult): boolean {
  const times = [...faults].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `${count} × ${name}`);
  say(`\n${tableOf(accounts)}\n`);
  say(`faults: ${times.join(', ')}`);
  say(`gaps reported: ${gaps.length}`);
  for (const gap of gaps) say(`  ${JSON.stringify(gap)}`);
  say(`the daemon took ${Math.round(peakBytes / 1e6)} MB at most; ${Math.round(recoveryMs / 1000)} s to recover`);
  for (const complaint of complaints) say(`WRONG: ${complaint}`);
  for (const { name, missing } of accounts) {
    const more = missing.length > MAX_SHOWN ? ', …' : '';
    if (missing.length > 0) say(`WRONG: ${name} lacks ${missing.slice(0, MAX_SHOWN).join(', ')}${more}`);
  }
  const isFine = complaints.length === 0 && accounts.every(isClean);
  say(isFine ? 'It adds up.' : 'It does not add up.');
  return isFine;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  const options = optionsOf(process.argv.slice(2));
  const { minutes, perSecond, seed, isWhole } = options;
  say(`${minutes} minutes at ${perSecond} entries a second, seed ${seed}${isWhole ? ', all senders' : ''}`);
  process.exitCode = report(await soak(options, say)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? (error.stack ?? '') : messageOf(error)}\n`);
  process.exitCode = 1;
}
