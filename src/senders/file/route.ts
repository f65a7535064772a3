import { hash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Batch } from '../sender.ts';
import { replaceUnsafe } from '../../unsafe-text.ts';
import { readHead } from '../heads.ts';
import { parseTemplate } from '../template.ts';
import type { Lines } from './chunks.ts';
import { hasPlaces } from './output-template.ts';
import { looksRotated } from './rotated-name.ts';

/** Finds out which lines of a batch go to which file. */
export interface Route {
  /** The directory above all places; below it no link is followed. */
  readonly root: string;
  readonly hasPlaces: boolean;
  /** The one file, where nothing is filled in. */
  readonly path: string | undefined;
  linesOf(batch: Batch): Map<string, Lines>;
}

/** What the file system takes for one name, in bytes. */
const NAME_MAX = 255;
/** Room for what is put around a name: `.NAME.YYYYMMDD-HHMMSS-NNNNNN.zst.tmp`. */
const RESERVED = 40;
const PATH_MAX = 4000;

/** Reads `file_output`. Throws an Error with a sentence when it cannot be used. */
export function createRoute(output: string): Route {
  const template = parseTemplate(output);
  const { prefix, fields } = template;
  if (!hasPlaces(output)) {
    const linesOf = ({ bytes, ends }: Batch) => new Map([[prefix, plain(bytes, ends)]]);
    return { root: dirname(prefix), path: prefix, hasPlaces: false, linesOf };
  }
  const root = prefix.includes('/') ? dirname(`${prefix}x`) : '.';
  const depth = root === '/' ? 1 : root.length + 1;
  const known = new Map<string, string>();
  const pathOf = (values: readonly (string | null)[], realtimeUs: number): string => {
    const rendered = template.render(
      fields.map((_, i) => values[i] ?? null),
      realtimeUs,
      safeValue,
    );
    const before = known.get(rendered);
    if (before !== undefined) return before;
    const path = safePath(root, prefix.includes('/') ? rendered.slice(depth) : rendered);
    if (known.size > 50_000) known.clear();
    known.set(rendered, path);
    return path;
  };
  return { root, path: undefined, hasPlaces: true, linesOf: (batch) => sort(batch, pathOf) };
}

function plain(bytes: Buffer, ends: Uint32Array): Lines {
  const starts = new Uint32Array(ends.length);
  starts.set(ends.subarray(0, -1), 1);
  return { bytes, starts, ends };
}

function sort(
  batch: Batch,
  pathOf: (values: readonly (string | null)[], realtimeUs: number) => string,
): Map<string, Lines> {
  const files = new Map<string, { bytes: Buffer; starts: number[]; ends: number[] }>();
  for (let i = 0; i < batch.ends.length; i++) {
    const { values, realtimeUs, start, end } = readHead(batch, i);
    const path = pathOf(values, realtimeUs);
    const lines = files.get(path);
    if (lines === undefined) files.set(path, { bytes: batch.bytes, starts: [start], ends: [end] });
    else {
      lines.starts.push(start);
      lines.ends.push(end);
    }
  }
  return files;
}

/** A value as a part of a name: nothing in it can lead to another directory. */
function safeValue(value: string): string {
  const safe = replaceUnsafe(value.replaceAll('/', '_'), () => '_');
  return safe === '' ? '_' : safe;
}

/** The path of what the places were filled in for, each name made safe and short enough. */
function safePath(root: string, rest: string): string {
  const names = rest.split('/');
  const path = (limit: number): string =>
    `${root === '/' ? '' : root}/${names.map((name, i) => safeName(name, i === names.length - 1, limit)).join('/')}`;
  const usual = path(NAME_MAX);
  return Buffer.byteLength(usual) <= PATH_MAX ? usual : path(Math.max(24, Math.floor(2000 / names.length)));
}

/** No `.`, `..` or hidden name, and as a file's name none that rotation gives. */
function safeName(name: string, isFile: boolean, limit: number): string {
  let safe = name.startsWith('.') ? `_${name.slice(1)}` : name;
  if (isFile && looksRotated(safe)) safe = safe.replace(/\.(?=\d{8}-\d{6})/g, '_');
  return shortened(safe === '' ? '_' : safe, isFile ? Math.min(limit, NAME_MAX - RESERVED) : limit);
}

/** Long names are cut between characters, and told apart by a hash; what ends them (`.jsonl`) stays. */
function shortened(name: string, limit: number): string {
  if (Buffer.byteLength(name) <= limit) return name;
  const [extension = ''] = /\.[A-Za-z0-9]{1,10}$/.exec(name) ?? [];
  const end = `~${hash('sha256', name).slice(0, 12)}${extension}`;
  const kept = Buffer.from(name).toString('utf8', 0, limit - end.length);
  return kept.replace(/\ufffd+$/, '') + end;
}
