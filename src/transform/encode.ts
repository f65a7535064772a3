import { StringDecoder } from 'node:string_decoder';
import { CARE, ENTRY, type Block } from '../journal/block.ts';
import { MAX_FIELD_NAMES, type FieldNames } from '../journal/field-names.ts';
import { ByteWriter, copyWords } from './byte-writer.ts';
import { encodeExactly, type ExactEntry } from './encode-exactly.ts';
import type { EncoderOptions } from './encoder-options.ts';
import { createFieldFilter, type FieldFilter } from './field-filter.ts';
import { HeadWriter } from './head.ts';
import { FORMATS, jsonFormat, KIND, type Format, type LineFormatName } from './format.ts';
import { createLineFormat } from './line-format.ts';
import type { LineFormat } from './line.ts';
import { Timestamps } from './timestamps.ts';
import { copyShort, writeEscaped, writeValue } from './value.ts';

/** Entries with more bytes than this go the exact way, which does not need them in memory six times. */
const FAST_BYTES = 256 * 1024;
const INITIAL_PREFIX_BYTES = 8 * 1024;
const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Entries as lines of JSON. The fast way copies bytes from the Block by tables that are made once per field name;
 * whatever is out of the ordinary (a name twice, a huge entry) goes the exact way, value by value.
 */
export class Encoder {
  private readonly options: EncoderOptions;
  private readonly format: Format;
  private readonly filter: FieldFilter;
  private readonly extraFields: readonly (readonly [string, string])[];
  private readonly timestamps = new Timestamps();
  private readonly head: HeadWriter | undefined;
  private readonly lines: LineFormat | undefined;
  /** The extra fields as they stand in the JSON, each with a comma before it. */
  private readonly extras: Buffer;
  private readonly comma: Buffer;
  private readonly addsTimestamp: boolean;
  /** Where the line of the last entry begins, behind its head. */
  lineStart = 0;
  private names: FieldNames | undefined;
  private readonly kinds = new Uint8Array(MAX_FIELD_NAMES);
  private readonly prefixStart = new Uint32Array(MAX_FIELD_NAMES);
  private readonly prefixEnd = new Uint32Array(MAX_FIELD_NAMES);
  private readonly prefixes = new ByteWriter(INITIAL_PREFIX_BYTES);

  constructor(options: EncoderOptions) {
    this.options = options;
    this.format = jsonFormat(options.format) ?? FORMATS.journald;
    this.filter = createFieldFilter(options.fieldFilter);
    if (jsonFormat(options.format) === undefined)
      this.lines = createLineFormat(options.format as LineFormatName, options, this.filter);
    const hasOwnTimestamp = Object.hasOwn(options.extraFields, 'timestamp');
    this.addsTimestamp = this.format.addsTimestamp && !hasOwnTimestamp && this.filter.keeps('timestamp');
    if (options.head !== undefined) this.head = new HeadWriter(options.head, options.extraFields);
    const { comma, colon, json } = this.format;
    this.comma = Buffer.from(comma);
    this.extraFields = Object.entries(options.extraFields)
      .filter(([key]) => this.filter.keeps(key))
      .map(([key, value]) => [key, json(value)]);
    this.extras = Buffer.from(this.extraFields.map(([key, value]) => comma + json(key) + colon + value).join(''));
  }

  /** Appends entry i as one line, its head in a line before it; true when it was too large and a stub stands in its place. */
  encode(block: Block, i: number, out: ByteWriter): boolean {
    if (block.names !== this.names) this.forget(block.names);
    this.head?.write(block, i, out);
    this.lineStart = out.length;
    if (this.lines !== undefined) return this.encodeLine(this.lines, block, i, out);
    if (block.flags[i] !== 0 || block.rawBytes[i]! > FAST_BYTES) return this.encodeExactly(block, i, out);
    const start = out.length;
    out.ensure(block.rawBytes[i]! * 6 + this.extras.length + 128);
    this.writeFields(block, i, out);
    if (this.addsTimestamp) this.writeTimestamp(block, i, out);
    this.writeExtras(out);
    return this.closeLine(block, i, out, start);
  }

  private encodeLine(format: LineFormat, block: Block, i: number, out: ByteWriter): boolean {
    const text = format.line(block, i);
    const isCut = (block.flags[i]! & ENTRY.CUT) !== 0;
    const size = isCut ? block.rawBytes[i]! : Buffer.byteLength(text);
    const isTooLarge = size > this.options.maxEntryBytes;
    out.write(`${isTooLarge ? format.stub(block, i, text, size) : text}\n`);
    return isTooLarge;
  }

  private writeFields(block: Block, i: number, out: ByteWriter): void {
    const { kinds, prefixStart, prefixEnd } = this;
    const { name, start, end, care, bytes } = block;
    const lastField = block.firstField[i + 1]!;
    const to = out.bytes;
    let o = out.length;
    let skip = this.format.comma.length;
    to[o++] = OPEN;
    for (let f = block.firstField[i]!; f < lastField; f++) {
      const id = name[f]!;
      const kind = kinds[id] === 0 ? this.learn(id) : kinds[id]!;
      if (kind === KIND.LEAVE_OUT) continue;
      o = copyWords(this.prefixes.view, prefixStart[id]! + skip, prefixEnd[id]!, out.view, o);
      skip = 0;
      if (kind !== KIND.TEXT || care[f]! > CARE.ESCAPE) {
        o = writeValue(this.format, kind, bytes, start[f]!, end[f]!, to, o);
        continue;
      }
      to[o++] = QUOTE;
      if (care[f] === CARE.NONE) o = copyWords(block.view, start[f]!, end[f]!, out.view, o);
      else o = writeEscaped(bytes, start[f]!, end[f]!, to, o);
      to[o++] = QUOTE;
    }
    out.length = o;
  }

  private writeTimestamp(block: Block, i: number, out: ByteWriter): void {
    const { comma } = this;
    const isFirst = out.bytes[out.length - 1] === OPEN;
    const o = isFirst ? out.length : copyShort(comma, 0, comma.length, out.bytes, out.length);
    out.length = this.timestamps.writeMember(block, i, out.bytes, o);
  }

  private writeExtras(out: ByteWriter): void {
    const { extras, comma } = this;
    const from = out.bytes[out.length - 1] === OPEN ? Math.min(comma.length, extras.length) : 0;
    if (extras.length > 0) out.length += extras.copy(out.bytes, out.length, from);
    out.bytes[out.length++] = CLOSE;
  }

  private closeLine(block: Block, i: number, out: ByteWriter, start: number): boolean {
    const size = out.length - start;
    const isTooLarge = size > this.options.maxEntryBytes;
    if (isTooLarge) {
      const json = Buffer.from(out.bytes.subarray(start, out.length));
      out.length = start;
      this.writeStub(block, i, out, { head: json, size });
    }
    out.ensure(1);
    out.bytes[out.length++] = 0x0a;
    return isTooLarge;
  }

  private encodeExactly(block: Block, i: number, out: ByteWriter): boolean {
    const members: (readonly [string, string])[] = [];
    if (this.addsTimestamp) members.push(['timestamp', this.format.json(this.timestamps.of(block, i))]);
    members.push(...this.extraFields);
    const exact = encodeExactly(block, i, {
      format: this.format,
      members,
      limit: this.options.maxEntryBytes,
      isLeftOut: (id) => (this.kinds[id] === 0 ? this.learn(id) : this.kinds[id]) === KIND.LEAVE_OUT,
    });
    const isCut = (block.flags[i]! & ENTRY.CUT) !== 0;
    const isTooLarge = isCut || exact.size > this.options.maxEntryBytes;
    if (isTooLarge) this.writeStub(block, i, out, isCut ? { ...exact, size: block.rawBytes[i]! } : exact);
    else {
      out.ensure(exact.head.length);
      out.length += exact.head.copy(out.bytes, out.length);
    }
    out.ensure(1);
    out.bytes[out.length++] = 0x0a;
    return isTooLarge;
  }

  /** journalpump's stand-in for an entry over the limit, with the time and the cursor that it lacks there. */
  private writeStub(block: Block, i: number, out: ByteWriter, exact: ExactEntry): void {
    const max = this.options.maxEntryBytes;
    const stub = {
      error: `too large message ${exact.size} bytes vs maximum ${max} bytes`,
      partial_data: wholeText(exact.head.subarray(0, 1024)),
      timestamp: this.timestamps.of(block, i),
      __CURSOR: block.cursor(i),
    };
    out.write(this.format.json(stub));
  }

  private learn(id: number): number {
    const names = this.names!;
    const key = this.format.keyOf(names, id);
    const isWritten = this.filter.keeps(key) && !Object.hasOwn(this.options.extraFields, key);
    const kind = isWritten ? this.format.kindOf(names.text(id)) : KIND.LEAVE_OUT;
    this.kinds[id] = kind;
    this.prefixStart[id] = this.prefixes.length;
    this.prefixes.write(this.format.comma + JSON.stringify(key) + this.format.colon);
    this.prefixEnd[id] = this.prefixes.length;
    this.prefixes.ensure(0);
    return kind;
  }

  private forget(names: FieldNames): void {
    this.names = names;
    this.kinds.fill(0);
    this.prefixes.reset();
  }
}

/** Text of bytes that may end in the middle of a character, which is left out. */
function wholeText(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes);
}
