import { randomBytes } from 'node:crypto';

/** Numbers of the names that the code asks for; every FieldNames knows them from the start, in this order. */
export const NAME = {
  CURSOR: 0,
  REALTIME: 1,
  MONOTONIC: 2,
  BOOT_ID: 3,
  MESSAGE: 4,
  PRIORITY: 5,
  SYSTEMD_UNIT: 6,
  PID: 7,
  MESSAGE_ID: 8,
  TRANSPORT: 9,
  N_DROPPED: 10,
  OBJECT_SYSTEMD_UNIT: 11,
} as const;

const WELL_KNOWN = [
  '__CURSOR',
  '__REALTIME_TIMESTAMP',
  '__MONOTONIC_TIMESTAMP',
  '_BOOT_ID',
  'MESSAGE',
  'PRIORITY',
  '_SYSTEMD_UNIT',
  '_PID',
  'MESSAGE_ID',
  '_TRANSPORT',
  'N_DROPPED',
  'OBJECT_SYSTEMD_UNIT',
];

/** Whoever can write to the journal can make up names; past this many the table is begun anew (see `isFull`). */
export const MAX_FIELD_NAMES = 16_384;

/** Random per process, so that nobody can prepare names that collide. */
export const HASH_SEED = randomBytes(4).readInt32LE();
export const HASH_PRIME = 0x01000193;

const TABLE_SIZE = MAX_FIELD_NAMES * 4;
const INITIAL_WORDS = 4096;

/**
 * Field names by number, so that the hot path compares and looks up integers. A number is good for one FieldNames only;
 * whoever keeps tables by number keeps them together with the FieldNames they were made for.
 */
export class FieldNames {
  private readonly slots = new Int32Array(TABLE_SIZE).fill(-1);
  private readonly texts: string[] = [];
  private readonly keys: string[] = [];
  private readonly keyIds = new Map<string, number>();
  private readonly underscores: number[] = [];
  /** Number of the key (the name without leading underscores) of each name; names that clash share it. */
  readonly keyOf = new Int32Array(MAX_FIELD_NAMES);
  private readonly lengths = new Uint32Array(MAX_FIELD_NAMES);
  /** Each name as little-endian words, the last one padded with zeros. */
  private words = new Int32Array(INITIAL_WORDS);
  private wordCount = 0;
  private readonly firstWord = new Uint32Array(MAX_FIELD_NAMES);
  private readonly lastWord = new Uint32Array(MAX_FIELD_NAMES);
  private readonly lastMask = new Int32Array(MAX_FIELD_NAMES);

  constructor() {
    for (const text of WELL_KNOWN) this.internText(text);
  }

  get count(): number {
    return this.texts.length;
  }

  /** No room for another name is promised: take a new FieldNames before the next block. */
  get isFull(): boolean {
    return this.texts.length >= MAX_FIELD_NAMES;
  }

  /** The name with its underscores, as the journal has it. */
  text(id: number): string {
    return this.texts[id]!;
  }

  /** The name without its leading underscores, as journalpump and filters know it. */
  key(id: number): string {
    return this.keys[id]!;
  }

  /** How many leading underscores the name has; the more, the more trusted (systemd.journal-fields(7)). */
  trust(id: number): number {
    return this.underscores[id]!;
  }

  /** The number of the name `bytes[start, end)` with this `hashName`; -1 when it is new and the table is full. */
  intern(bytes: Buffer, start: number, end: number, hash: number): number {
    let slot = (hash ^ (hash >>> 16)) & (TABLE_SIZE - 1);
    for (;;) {
      const id = this.slots[slot]!;
      if (id < 0) return this.add(bytes, start, end, slot);
      if (this.is(id, bytes, start, end)) return id;
      slot = (slot + 1) & (TABLE_SIZE - 1);
    }
  }

  /** As `intern`, of a name as text. */
  internText(text: string): number {
    const bytes = Buffer.from(text, 'latin1');
    return this.intern(bytes, 0, bytes.length, hashName(bytes, 0, bytes.length));
  }

  /**
   * Whether this name, or a longer one that begins with it, stands at `at`, four bytes at a time; `view` must reach 4
   * bytes further than the text. The decoder guesses what name comes next: to check a guess costs a third of a look-up.
   */
  standsAt(id: number, view: DataView, at: number): boolean {
    const { words } = this;
    const last = this.lastWord[id]!;
    let p = at;
    for (let w = this.firstWord[id]!; w < last; w++, p += 4) if (words[w] !== view.getInt32(p, true)) return false;
    return words[last] === (view.getInt32(p, true) & this.lastMask[id]!);
  }

  /** Bytes of the name. */
  length(id: number): number {
    return this.lengths[id]!;
  }

  private is(id: number, bytes: Buffer, start: number, end: number): boolean {
    const length = end - start;
    if (this.lengths[id] !== length) return false;
    const text = this.texts[id]!;
    for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
    return true;
  }

  private add(bytes: Buffer, start: number, end: number, slot: number): number {
    if (this.isFull) return -1;
    const id = this.texts.length;
    const text = bytes.toString('latin1', start, end);
    const key = text.replace(/^_+/, '');
    this.slots[slot] = id;
    this.lengths[id] = end - start;
    this.storeWords(id, bytes.subarray(start, end));
    this.texts.push(text);
    this.keys.push(key);
    this.underscores.push(text.length - key.length);
    this.keyOf[id] = this.keyIds.get(key) ?? this.keyIds.size;
    this.keyIds.set(key, this.keyOf[id]);
    return id;
  }

  private storeWords(id: number, text: Buffer): void {
    const count = Math.ceil(text.length / 4);
    const padded = Buffer.alloc(count * 4);
    text.copy(padded);
    while (this.wordCount + count > this.words.length) this.words = doubled(this.words);
    this.firstWord[id] = this.wordCount;
    this.lastWord[id] = this.wordCount + count - 1;
    this.lastMask[id] = -1 >>> (8 * (padded.length - text.length));
    for (let w = 0; w < count; w++) this.words[this.wordCount++] = padded.readInt32LE(w * 4);
  }
}

function doubled(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(words.length * 2);
  bigger.set(words);
  return bigger;
}

/** The hash `intern` wants (FNV-1a, one step a byte); the decoder computes it while it looks for the name's end. */
export function hashName(bytes: Buffer, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, HASH_PRIME);
  return hash;
}
