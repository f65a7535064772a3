import type { Call } from './call.ts';
import { parseChunk, toDocument } from './documents.ts';
import type { GulpDocument } from './documents.ts';
import { readParts } from './multipart.ts';
import type { Operation } from './operations.ts';
import { repr, typeName } from './python.ts';
import { notFound, Refusal } from './refusal.ts';
import { RequestStats } from './request-stats.ts';
import { SearchIndex } from './search-index.ts';
import { isObject, isTrue } from './validation.ts';

/** How the workers behave. */
export interface IngestSettings {
  /** How long a chunk takes from its answer to its counters, at least and at most. */
  counterDelayMs: readonly [number, number];
  /** Nothing is stored, and the counters stay zero for ever, as when the plugin cannot be loaded. */
  isLost: boolean;
  /** Where the workers stop until they are let go on: before they begin, before the row knows its sources, before they count. */
  heldAt: 'queued' | 'begun' | 'stored' | undefined;
  /** Which documents the index does not take. */
  refuses: (document: GulpDocument) => boolean;
  /** Told of each document that is stored. */
  stored: (document: GulpDocument) => void;
  /** Whether documents are kept, or only known. */
  readonly keepsDocuments: boolean;
}

/** One POST of /ingest_raw that was answered with `pending`. */
export interface Chunk {
  readonly requestId: string;
  readonly operationId: string;
  readonly userId: string;
  readonly isLast: boolean;
  readonly plugin: string;
  readonly pluginParams: unknown;
  readonly bytes: Buffer;
}

const knownMappingFiles = ['systemd_journal.json'];

/** Takes chunks in, and works on them after they were answered. */
export class Ingest {
  readonly settings: IngestSettings;
  readonly stats = new Map<string, RequestStats>();
  /** Ids of requests that came again; the documents of all but the first are lost. */
  readonly reusedRequestIds: string[] = [];
  readonly #indices = new Map<string, SearchIndex>();
  readonly #seenRequestIds = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #held: (() => void)[] = [];

  constructor(settings: Partial<IngestSettings> = {}) {
    const plain = { counterDelayMs: [1, 5] as const, isLost: false, heldAt: undefined, keepsDocuments: true };
    this.settings = { ...plain, refuses: () => false, stored: () => undefined, ...settings };
  }

  /** The index of an operation; it comes into being with the operation's first chunk. */
  index(operationId: string): SearchIndex {
    const index = this.#indices.get(operationId) ?? new SearchIndex(this.settings);
    this.#indices.set(operationId, index);
    return index;
  }

  /** Forgets what an operation holds, its requests included. */
  dropIndex(operationId: string): void {
    this.#indices.delete(operationId);
    for (const [id, stats] of this.stats) if (stats.operationId === operationId) this.stats.delete(id);
  }

  /** Reads the request of a user, and puts its chunk in the queue. Throws the Refusals of what is wrong at once. */
  accept(call: Call, operation: Operation, userId: string): void {
    const { payload, chunk } = readParts(call.headers['content-type'], call.body);
    const pluginParams = readPluginParams(payload);
    const plugin = call.query.get('plugin') ?? 'raw';
    const isLast = isTrue(call, 'last', false);
    const { requestId } = call;
    this.#queue({ requestId, operationId: operation.id, userId, isLast, plugin, pluginParams, bytes: chunk });
  }

  /** The row of a request. Throws a Refusal if its worker has not begun. */
  requestStats(id: string): RequestStats {
    const stats = this.stats.get(id);
    if (!stats) throw notFound('GulpRequestStats', id);
    return stats;
  }

  /** How many chunks are being worked on; one that is held is not. */
  get working(): number {
    return this.#timers.size;
  }

  /** Lets all go on that was held, and holds no more. */
  release(): void {
    this.settings.heldAt = undefined;
    for (const goOn of this.#held.splice(0)) goOn();
  }

  /** Forgets all that is queued or half done, as a server that is killed does. */
  abandon(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held = [];
  }

  #queue(chunk: Chunk): void {
    const isReuse = this.#seenRequestIds.has(chunk.requestId);
    if (isReuse) this.reusedRequestIds.push(chunk.requestId);
    this.#seenRequestIds.add(chunk.requestId);
    const [least, most] = this.settings.counterDelayMs;
    const stepMs = (least + Math.random() * (most - least)) / 3;
    const isLost = this.settings.isLost || chunk.plugin !== 'raw';
    // a request that comes again finds its row and breaks on it: all its records fail, and nobody is told
    if (isReuse) return;
    this.#later('queued', stepMs, () => {
      const stats = new RequestStats(chunk);
      this.stats.set(chunk.requestId, stats);
      if (isLost) return;
      this.#later('begun', stepMs, () => {
        const count = this.#work(chunk, stats);
        this.#later('stored', stepMs, count);
      });
    });
  }

  /** Stores; returns what writes the counters, which only the last chunk of a request does. */
  #work(chunk: Chunk, stats: RequestStats): () => void {
    const parsed = parseChunk(chunk.bytes);
    // the keys of an object that is no list are taken for records
    const records = Array.isArray(parsed) ? parsed : Object.keys(isObject(parsed) ? parsed : {});
    const hasMapping = !isMappingUnknown(chunk.pluginParams);
    const converted = records.map((record) => (hasMapping ? toDocument(record, chunk.operationId) : undefined));
    const documents = converted.filter((document): document is GulpDocument => document !== undefined);
    const fitting = documents.filter((document) => !this.settings.refuses(document));
    const { created, duplicates, rejected: unfit } = this.index(chunk.operationId).bulk(fitting);
    const rejected = documents.length - fitting.length + unfit.length;
    for (const document of created) this.settings.stored(document);
    if (hasMapping) stats.addSources(records);
    const failed = records.length - documents.length;
    return () => {
      if (!chunk.isLast) return;
      stats.finish({ processed: documents.length, failed, rejected }, created.length, duplicates.size);
    };
  }

  #later(stage: NonNullable<IngestSettings['heldAt']>, ms: number, step: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.settings.heldAt === stage) this.#held.push(step);
      else step();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}

/** What cannot be parsed counts as empty; what is there must be an object. */
function readPluginParams(payload: Buffer): unknown {
  const parsed = parseLeniently(payload);
  const { flt = {}, plugin_params: params = {} } = parsed;
  requireObject(flt, 'GulpIngestionFilter');
  requireObject(params, 'GulpPluginParameters');
  const { mapping_parameters: mapping = {} } = params;
  if (!isObject(mapping))
    throw modelTypeError('GulpPluginParameters', 'GulpMappingParameters', mapping, 'mapping_parameters');
  return params;
}

function parseLeniently(payload: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(payload.toString());
    return isObject(parsed) ? parsed : {};
  } catch {
    // the real one says nothing either
    return {};
  }
}

function requireObject(value: unknown, model: string): asserts value is Record<string, unknown> {
  if (!isObject(value)) throw modelTypeError(model, model, value);
}

function modelTypeError(model: string, wanted: string, value: unknown, field?: string): Refusal {
  const details = `[type=model_type, input_value=${repr(value)}, input_type=${typeName(value)}]`;
  const lines = [
    `1 validation error for ${model}`,
    ...(field === undefined ? [] : [field]),
    `  Input should be a valid dictionary or instance of ${wanted} ${details}`,
    '    For further information visit https://errors.pydantic.dev/2.13/v/model_type',
  ];
  return new Refusal(400, 'ValidationError', lines.join('\n'));
}

function isMappingUnknown(pluginParams: unknown): boolean {
  const mapping = isObject(pluginParams) ? pluginParams['mapping_parameters'] : undefined;
  const file = isObject(mapping) ? mapping['mapping_file'] : undefined;
  return typeof file === 'string' && !knownMappingFiles.includes(file);
}
