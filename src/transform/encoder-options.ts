import type { FieldFilterDefinition } from './field-filter.ts';
import type { FormatName } from './format.ts';
import type { Encryption } from './seal.ts';

/** What makes one sender's payloads differ from another's. */
export interface EncoderOptions {
  readonly format: FormatName;
  /** Merged over the entry, overriding its fields. */
  readonly extraFields: Readonly<Record<string, unknown>>;
  /** Which fields are written, extra fields and `timestamp` included; undefined: all. */
  readonly fieldFilter?: FieldFilterDefinition | undefined;
  /** An entry whose JSON is longer than this many bytes is replaced by a stub. */
  readonly maxEntryBytes: number;
  /** Fields that the sender wants to know besides: each entry comes with a head (see HeadWriter). */
  readonly head?: readonly string[] | undefined;
  /** What a line of the format `template` looks like. */
  readonly lineTemplate?: string | undefined;
  /** With what the lines are encrypted; not the encoder's business, but what makes payloads differ. */
  readonly encryption?: Encryption | undefined;
}
