import { ECS_FIELDS, FACILITIES, SEVERITIES } from './ecs.ts';

/** What all documents of a task have in common. */
export interface DocumentOptions {
  readonly operationId: string;
  readonly contextId: string;
  readonly sourceId: string;
  /** Send what has no place of its own as `gulp.unmapped`. */
  readonly sendsUnmapped: boolean;
}

/** An entry in the `journald` format, as it came through redaction and filters, and where it stands in the journal. */
export interface SourceEntry {
  /** One line of JSON, without its newline. */
  readonly line: string;
  readonly cursor: string;
  /** In µs since 1970. */
  readonly realtimeUs: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** `_id` is made of it: a document without must not depend on the one who sends it. */
const NO_CODE = '0';

/** Makes of each entry the JSON of a document for Gulp's plugin `raw`: nothing in it that an index could take amiss. */
export function createDocuments(options: DocumentOptions): (entry: SourceEntry) => string {
  const fixed = {
    'gulp.operation_id': normalId(options.operationId),
    'gulp.context_id': options.contextId.toWellFormed(),
    'gulp.source_id': options.sourceId.toWellFormed(),
    'agent.type': 'journalbridge',
    'event.dataset': 'journald',
    'event.module': 'journald',
  };
  return ({ line, cursor, realtimeUs }) => {
    const fields = fieldsIn(line);
    const document: Record<string, unknown> = {
      '@timestamp': String(realtimeUs),
      ...fixed,
      'event.original': withCursor(line, fields, cursor),
      'event.id': cursor,
    };
    addMapped(document, fields);
    addSyslog(document, fields);
    document['event.code'] = codeOf(fields);
    const provider = textOf(fields['_TRANSPORT']) ?? textOf(fields['SYSLOG_IDENTIFIER']);
    if (provider !== undefined) document['event.provider'] = provider;
    if (options.sendsUnmapped) document['gulp.unmapped'] = unmappedOf(fields);
    return JSON.stringify(document);
  };
}

/** An id as Gulp has it: it lower-cases and trims those in requests, not those in documents. */
export function normalId(id: string): string {
  return id.trim().toLowerCase().toWellFormed();
}

/** The text of a field: of bytes as far as they are text, of several values all of them; undefined: there is none. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  if (value.every((byte) => typeof byte === 'number')) return Buffer.from(value).toString('utf8');
  const texts = value.map(textOf).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join('\n');
}

function fieldsIn(line: string): Fields {
  try {
    return JSON.parse(line) as Fields;
  } catch {
    return {}; // a dead letter that a person has edited; event.original has it as it is
  }
}

function addMapped(document: Record<string, unknown>, fields: Fields): void {
  for (const name of Object.keys(fields)) {
    const target = Object.hasOwn(ECS_FIELDS, name) ? ECS_FIELDS[name] : undefined;
    if (target === undefined) continue;
    const value = target.isLong ? longOf(fields[name]) : textOf(fields[name]);
    if (value !== undefined) for (const key of target.keys) document[key] = value;
  }
  // The stand-in for an entry that was too large.
  if (document['message'] === undefined && fields['partial_data'] !== undefined)
    document['message'] = textOf(fields['error']) ?? '';
}

function addSyslog(document: Record<string, unknown>, fields: Fields): void {
  const severity = longOf(fields['PRIORITY']);
  const facility = longOf(fields['SYSLOG_FACILITY']);
  if (severity !== undefined && Object.hasOwn(SEVERITIES, severity)) {
    const name = SEVERITIES[severity];
    document['log.level'] = name;
    document['log.syslog.severity.code'] = severity;
    document['log.syslog.severity.name'] = name;
  }
  if (facility === undefined || !Object.hasOwn(FACILITIES, facility)) return;
  document['log.syslog.facility.code'] = facility;
  document['log.syslog.facility.name'] = FACILITIES[facility];
  if (document['log.syslog.severity.code'] !== undefined) document['log.syslog.priority'] = facility * 8 + severity!;
}

function codeOf(fields: Fields): string {
  return textOf(fields['MESSAGE_ID']) ?? textOf(fields['PRIORITY']) ?? NO_CODE;
}

/** Whole numbers as journald writes them; a field of several values is none. */
function longOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^-?(0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The line as it is; two entries with equal text and time are told apart by their cursors only. */
function withCursor(line: string, fields: Fields, cursor: string): string {
  if (fields['__CURSOR'] !== undefined || !line.startsWith('{')) return line.toWellFormed();
  const rest = line.slice(1).trimStart();
  return `{"__CURSOR":${JSON.stringify(cursor)}${rest.startsWith('}') ? '' : ','}${rest}`.toWellFormed();
}

const OWN_NAMES = new Set([
  '__CURSOR',
  '__REALTIME_TIMESTAMP',
  'PRIORITY',
  'SYSLOG_FACILITY',
  'MESSAGE_ID',
  '_TRANSPORT',
]);

function unmappedOf(fields: Fields): Record<string, string> {
  const entries = Object.entries(fields)
    .filter(([name]) => !Object.hasOwn(ECS_FIELDS, name) && !OWN_NAMES.has(name))
    .map(([name, value]) => [name.toWellFormed(), textOf(value)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
