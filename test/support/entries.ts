import type { EntrySpec } from './export-stream.ts';
import { bootIds, machineId, priorities, secrets, units, words } from './vocabulary.ts';

/** What decides about generated entries: the same options always give the same entries. */
export interface EntriesOptions {
  readonly count: number;
  readonly seed?: number;
  /** Realtime of the first entry in µs; 2026-01-01T00:00:00Z unless given. */
  readonly startUs?: number;
  /** µs from one entry to the next. */
  readonly stepUs?: number;
  readonly boots?: number;
  /** Every 20th MESSAGE (n % 20 == 3) holds a made-up password, token, card number or the like. */
  readonly secrets?: boolean;
  /** Every so many entries (n % hugeEvery == 99 % hugeEvery) MESSAGE has `hugeBytes` bytes. */
  readonly hugeEvery?: number;
  /** Just over 1 MiB unless given. */
  readonly hugeBytes?: number;
}

type Settings = Required<EntriesOptions>;
type Random = () => number;
type Fields = [name: string, value: Buffer | string][];

const defaults = {
  seed: 1,
  startUs: 1_767_225_600_000_000,
  stepUs: 1000,
  boots: 3,
  secrets: false,
  hugeEvery: 0,
  hugeBytes: (1 << 20) + 1000,
};

/**
 * Realistic entries one by one, each with its number as field SEQ. By that number, in every thousand:
 * 7 has a MESSAGE of several lines, 17 one beyond ASCII (astral plane too), 27 one that is not UTF-8 and has NUL and
 * ESC, 37 one of 5-9 KB, 67 an empty one, 77 none; 47 has COREDUMP_BLOB (64 random bytes), 57 has TAG three times.
 */
export function* generateEntries(options: EntriesOptions): Generator<EntrySpec, void, void> {
  const settings: Settings = { ...defaults, ...options };
  const { count, startUs, stepUs, boots } = settings;
  const random = randomFrom(settings.seed);
  const sources = units.flatMap((unit) => Array.from({ length: unit.weight }, () => sourceOf(unit, random)));
  let bootStart = 0;
  let bootId = '';
  for (let n = 0; n < count; n++) {
    const boot = bootIds(Math.floor((n * boots) / count));
    if (boot !== bootId) [bootId, bootStart] = [boot, n];
    const realtimeUs = startUs + n * stepUs;
    const source = pick(sources, random);
    const fields: Fields = [...source.fields, ['PRIORITY', pick(priorities, random)]];
    addMessage(fields, { n, template: pick(source.messages, random), random, settings });
    fields.push(['_SOURCE_REALTIME_TIMESTAMP', `${realtimeUs - 13}`], ['SEQ', `${n}`]);
    yield { realtimeUs, monotonicUs: 5_000_000 + (n - bootStart) * stepUs, bootId, fields };
  }
}

/** A small deterministic source of numbers in [0, 1): mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)]!;
}

/** One process of a unit: all fields that its entries have in common. */
function sourceOf({ unit, identifier, command, uid, messages }: (typeof units)[number], random: Random) {
  const fields = Object.entries({
    _TRANSPORT: uid === 0 ? 'journal' : 'stdout',
    SYSLOG_FACILITY: uid === 0 ? '10' : '3',
    SYSLOG_IDENTIFIER: identifier,
    _PID: `${300 + Math.floor(random() * 32_468)}`,
    _UID: `${uid}`,
    _GID: `${uid}`,
    _COMM: command,
    _EXE: `/usr/bin/${command}`,
    _CMDLINE: `/usr/bin/${command} --config /etc/${command}.conf`,
    _CAP_EFFECTIVE: uid === 0 ? '1ffffffffff' : '0',
    _SELINUX_CONTEXT: 'unconfined\n',
    _SYSTEMD_CGROUP: `/system.slice/${unit}`,
    _SYSTEMD_UNIT: unit,
    _SYSTEMD_SLICE: 'system.slice',
    _SYSTEMD_INVOCATION_ID: randomBytes(16, random).toString('hex'),
    _MACHINE_ID: machineId,
    _HOSTNAME: 'web-01.example.test',
  });
  return { fields, messages };
}

interface MessageContext {
  readonly n: number;
  readonly template: string;
  readonly random: Random;
  readonly settings: Settings;
}

function addMessage(fields: Fields, context: MessageContext): void {
  const { n, random } = context;
  const special = n % 1000;
  if (special === 47) fields.push(['COREDUMP_BLOB', randomBytes(64, random)]);
  if (special === 57) fields.push(['TAG', 'a'], ['TAG', 'b'], ['TAG', 'c']);
  if (special !== 77) fields.push(['MESSAGE', messageOf(special, context)]);
}

function messageOf(special: number, { n, template, random, settings }: MessageContext): Buffer | string {
  const number = Math.floor(random() * 1e9);
  if (settings.hugeEvery > 0 && n % settings.hugeEvery === 99 % settings.hugeEvery) {
    return `huge ${number} `.padEnd(settings.hugeBytes, 'y');
  }
  if (special === 7) return `Traceback (most recent call last):\n  File "x.py", line ${number}\nValueError: bad`;
  if (special === 17) return `${Array.from({ length: 4 }, () => pick(words, random)).join(' ')} ${number}`;
  if (special === 27) return Buffer.from(`caf\xe9 \0 nul \x1b[31mred\x1b[0m \xff\xfe ${number}`, 'latin1');
  if (special === 37) return `long ${number} `.padEnd(5000 + (number % 4000), 'x');
  if (special === 67) return '';
  return fill(settings.secrets && n % 20 === 3 ? pick(secrets, random) : template, random);
}

/** The template with a number in place of each `%`. */
function fill(template: string, random: Random): string {
  let text = '';
  let from = 0;
  for (let at = template.indexOf('%'); at >= 0; at = template.indexOf('%', from)) {
    text += template.slice(from, at) + `${Math.floor(random() * 60_000)}`;
    from = at + 1;
  }
  return text + template.slice(from);
}

function randomBytes(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}
