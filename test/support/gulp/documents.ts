import { createHash } from 'node:crypto';
import { dumps } from './python.ts';
import { readTimestamp } from './timestamps.ts';
import { isObject } from './validation.ts';

/** A scalar; lists and nulls never reach a document. */
export type Scalar = string | number | boolean | bigint;

/** A document as the manager hands it to its index: flat, dotted keys, with what the manager computes. */
export interface GulpDocument {
  /** The hash of what makes two documents the same. */
  readonly _id: string;
  readonly '@timestamp': string;
  readonly 'gulp.timestamp': bigint;
  readonly 'gulp.operation_id': string;
  readonly 'gulp.context_id': string;
  readonly 'gulp.source_id': string;
  readonly 'event.original': string;
  readonly 'event.code': string;
  readonly [field: string]: Scalar;
}

/** Names of the arguments of the manager's own constructor: at the top of a record they collide with it. */
const reserved = ['event_original', 'operation_id', 'context_id', 'source_id', 'event_code', 'event_sequence'];
const reservedToo = ['event_duration', 'log_file_path', 'agent_type', 'plugin_instance'];
const collides = new Set([...reserved, ...reservedToo]);

/** What the client may send but the manager computes itself. */
const computed = new Set(['_id', 'gulp.timestamp', 'gulp.timestamp_invalid', 'gulp.event_code', 'timestamp']);

/** Reads a chunk as the manager's strict parser does; undefined is what it cannot read at all. */
export function parseChunk(chunk: Buffer): unknown {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(chunk));
    return isWellFormed(parsed) ? parsed : undefined;
  } catch {
    // whatever is wrong with it, nobody is told
    return undefined;
  }
}

/** Makes a document of a record of the chunk; undefined if the manager's conversion fails on it. */
export function toDocument(record: unknown, operationId: string): GulpDocument | undefined {
  if (!isObject(record) || Object.keys(record).some((key) => collides.has(key))) return undefined;
  const fields = flatten(record);
  const context = fields.get('gulp.context_id');
  const source = fields.get('gulp.source_id');
  if (typeof context !== 'string' || typeof source !== 'string' || context === '' || source === '') return undefined;
  if (!hasRightTypes(fields)) return undefined;
  const time = readTimestamp(fields.get('timestamp') ?? fields.get('@timestamp'));
  const code = (fields.get('event.code') ?? '0') as string;
  const own = {
    'event.code': code,
    'event.original': (fields.get('event.original') ?? dumps(record)) as string,
    'gulp.operation_id': (fields.get('gulp.operation_id') ?? operationId) as string,
    'gulp.context_id': context,
    'gulp.source_id': source,
    'agent.type': fields.get('agent.type') ?? 'raw',
    'event.duration': fields.get('event.duration') ?? 1,
    'gulp.event_code': eventCode(code),
  };
  const sequence = String(fields.get('event.sequence') ?? 0);
  return {
    ...Object.fromEntries([...fields].filter(([name]) => !computed.has(name))),
    ...own,
    '@timestamp': time.iso,
    'gulp.timestamp': time.nanos,
    ...(!time.isValid && { 'gulp.timestamp_invalid': true }),
    _id: identity([
      own['event.original'],
      code,
      own['gulp.operation_id'],
      context,
      source,
      sequence,
      String(time.nanos),
    ]),
  };
}

/** The real one glues the seven with nothing between them and takes xxh128; a digest of the same glue is as good here. */
function identity(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('')).digest('hex').slice(0, 32);
}

/** Nested objects become dotted keys; every list and every null is dropped without a word. */
function flatten(record: Readonly<Record<string, unknown>>, prefix = ''): Map<string, Scalar> {
  const fields = new Map<string, Scalar>();
  for (const [key, value] of Object.entries(record)) {
    if (value === null || value === undefined || Array.isArray(value)) continue;
    if (isObject(value)) for (const [name, inner] of flatten(value, `${prefix}${key}.`)) fields.set(name, inner);
    else fields.set(`${prefix}${key}`, value as Scalar);
  }
  return fields;
}

function hasRightTypes(fields: ReadonlyMap<string, Scalar>): boolean {
  const texts = ['event.code', 'event.original', 'gulp.operation_id', 'agent.type', 'log.file.path'];
  if (texts.some((name) => fields.has(name) && typeof fields.get(name) !== 'string')) return false;
  return ['event.sequence', 'event.duration'].every((name) => /^-?\d+$/.test(String(fields.get(name) ?? 0)));
}

function eventCode(code: string): bigint {
  if (/^-?\d{1,18}$/.test(code)) return BigInt(code);
  return createHash('sha256').update(code).digest().readBigInt64LE();
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isWellFormed);
  return !isObject(value) || Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}
