import { detectType, fits } from './field-types.ts';
import type { FieldType } from './field-types.ts';
import type { GulpDocument } from './documents.ts';

/** What became of the documents of one bulk request. */
export interface BulkResult {
  readonly created: readonly GulpDocument[];
  /** Ids that were there before, or twice in the request; each counts once, however often it came. */
  readonly duplicates: ReadonlySet<string>;
  readonly rejected: readonly GulpDocument[];
}

const totalFields = 10_000;

/** What the index template fixes. Every other field gets its type from the first value that it is seen with. */
const template: Readonly<Record<string, FieldType>> = {
  '@timestamp': 'date',
  'agent.type': 'text',
  'event.code': 'text',
  'event.duration': 'long',
  'event.id': 'text',
  'event.original': 'text',
  'event.provider': 'text',
  'event.sequence': 'long',
  'gulp.context_id': 'text',
  'gulp.event_code': 'long',
  'gulp.operation_id': 'text',
  'gulp.source_id': 'text',
  'gulp.timestamp': 'long',
  'gulp.timestamp_invalid': 'boolean',
  'host.boot.id': 'text',
  'host.hostname': 'text',
  'host.id': 'text',
  'host.ip': 'ip',
  'host.name': 'text',
  'log.file.path': 'text',
  'log.level': 'text',
  'log.origin.file.line': 'long',
  'log.origin.file.name': 'text',
  'log.origin.function': 'text',
  'log.syslog.appname': 'text',
  'log.syslog.facility.code': 'long',
  'log.syslog.facility.name': 'text',
  'log.syslog.msgid': 'text',
  'log.syslog.priority': 'long',
  'log.syslog.procid': 'text',
  'log.syslog.severity.code': 'long',
  'log.syslog.severity.name': 'text',
  message: 'text',
  'process.command_line': 'text',
  'process.executable': 'text',
  'process.name': 'text',
  'process.pid': 'long',
  'process.thread.id': 'long',
  'service.name': 'text',
  'user.group.id': 'text',
  'user.id': 'text',
  'user.name': 'text',
};

/** The index of one operation: create only, and each new field typed for ever by the first value that it is seen with. */
export class SearchIndex {
  readonly #types = new Map(Object.entries(template));
  /** Every dotted name that has others below it. */
  readonly #objects = new Set<string>();
  readonly #ids = new Set<string>();
  readonly #documents: GulpDocument[] = [];
  readonly #keepsDocuments: boolean;

  constructor({ keepsDocuments = true }: { readonly keepsDocuments?: boolean } = {}) {
    this.#keepsDocuments = keepsDocuments;
    for (const name of this.#types.keys()) this.#addObjectsOf(name);
  }

  /** What is stored, in order of its coming. */
  get documents(): readonly GulpDocument[] {
    return this.#documents;
  }

  /** How many documents are stored, kept or not. */
  get count(): number {
    return this.#ids.size;
  }

  /** The type of a field, if it has one yet. */
  typeOf(field: string): FieldType | undefined {
    return this.#types.get(field);
  }

  /** Stores those that are new and fit; the others do not hinder them. */
  bulk(documents: readonly GulpDocument[]): BulkResult {
    const created: GulpDocument[] = [];
    const rejected: GulpDocument[] = [];
    const duplicates = new Set<string>();
    for (const document of documents) {
      const learned = this.#learn(document);
      if (!learned) rejected.push(document);
      else if (this.#ids.has(document._id)) duplicates.add(document._id);
      else created.push(this.#store(document, learned));
    }
    return { created, duplicates, rejected };
  }

  #store(document: GulpDocument, learned: ReadonlyMap<string, FieldType>): GulpDocument {
    for (const [name, type] of learned) {
      this.#types.set(name, type);
      this.#addObjectsOf(name);
    }
    this.#ids.add(document._id);
    if (this.#keepsDocuments) this.#documents.push(document);
    return document;
  }

  /** The fields that are new, with their types; undefined if the document cannot be stored. */
  #learn(document: GulpDocument): ReadonlyMap<string, FieldType> | undefined {
    const learned = new Map<string, FieldType>();
    const objects = new Set<string>();
    for (const [name, value] of Object.entries(document)) {
      if (name === '_id') continue;
      if (!isFieldName(name) || name === 'gulp.unmapped' || name.startsWith('gulp.unmapped.')) return undefined;
      if (this.#objects.has(name)) return undefined;
      for (const parent of parents(name)) objects.add(parent);
      const type = this.#types.get(name);
      if (type === undefined) learned.set(name, detectType(value));
      if (!fits(value, type ?? learned.get(name)!)) return undefined;
    }
    const isLeaf = (object: string) => this.#types.has(object) || learned.has(object);
    if ([...objects].some(isLeaf) || this.#types.size + learned.size > totalFields) return undefined;
    return learned;
  }

  #addObjectsOf(name: string): void {
    for (const parent of parents(name)) this.#objects.add(parent);
  }
}

function parents(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}

function isFieldName(name: string): boolean {
  return name.split('.').every((part) => part.trim() !== '');
}
