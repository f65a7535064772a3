import type { Block } from '../journal/block.ts';
import { ECS_FIELDS, FACILITIES, SEVERITIES } from './ecs-fields.ts';
import type { EncoderOptions } from './encoder-options.ts';
import { createEntryFields, firstOf, type EntryFields } from './entry-fields.ts';
import type { FieldFilter } from './field-filter.ts';
import type { LineFormat } from './line.ts';
import { isoMicroseconds } from './timestamps.ts';

type Tree = Record<string, unknown>;

const ECS_VERSION = '8.17.0';

/** Entries as JSON with the names of the Elastic Common Schema; fields that it has no name for are below `journald`. */
export function createEcsLine(options: EncoderOptions, filter: FieldFilter): LineFormat {
  const fieldsOf = createEntryFields(filter, options.extraFields);
  const extra = Object.entries(options.extraFields).filter(([key]) => filter.keeps(key));
  const line = (block: Block, i: number): string => {
    const tree = treeOf(block, i, fieldsOf(block, i));
    for (const [key, value] of extra) tree[key] = value;
    return jsonOf(tree);
  };
  const stub = (block: Block, i: number, whole: string, size: number): string => {
    const message = `too large message ${size} bytes vs maximum ${options.maxEntryBytes} bytes`;
    const event = { kind: 'event', id: block.cursor(i) };
    return jsonOf({ ...headOf(block, i), event, error: { message }, message: whole.slice(0, 1024).toWellFormed() });
  };
  return { line, stub };
}

function headOf(block: Block, i: number): Tree {
  return { '@timestamp': `${isoMicroseconds(block.realtimeUs(i))}Z`, ecs: { version: ECS_VERSION } };
}

function treeOf(block: Block, i: number, fields: EntryFields): Tree {
  const tree = headOf(block, i);
  put(tree, 'event.kind', 'event');
  const others: Tree = Object.create(null) as Tree;
  for (const [key, value] of fields) {
    const target = Object.hasOwn(ECS_FIELDS, key) ? ECS_FIELDS[key]! : undefined;
    const text = firstOf(value)!;
    // What is not of the type that ECS gives to a name would be refused there by an index that has its mapping.
    const isOdd = target?.some(({ convert }) => convert !== undefined && convert(text) === undefined) ?? true;
    const isLeftOut = isOdd || isOddSyslog(key, text);
    // ECS wants one value: of a repeated field all stand below `journald`, too, so that none is lost.
    if (isLeftOut || typeof value !== 'string') others[key.toLowerCase()] = value;
    if (!isLeftOut)
      for (const { name, convert } of target!) put(tree, name, convert === undefined ? text : convert(text));
  }
  addSyslog(tree, fields);
  if (Object.keys(others).length > 0) tree['journald'] = others;
  return tree;
}

/** A severity or facility that is none. */
function isOddSyslog(key: string, text: string): boolean {
  if (key === 'PRIORITY') return small(text, 7) === undefined;
  return key === 'SYSLOG_FACILITY' && small(text, 23) === undefined;
}

/** Severity and facility have names, and a number together (RFC 5424). */
function addSyslog(tree: Tree, fields: EntryFields): void {
  const severity = small(firstOf(fields.get('PRIORITY')), 7);
  const facility = small(firstOf(fields.get('SYSLOG_FACILITY')), 23);
  if (severity !== undefined) {
    put(tree, 'log.level', SEVERITIES[severity]!.level);
    put(tree, 'log.syslog.severity', { code: severity, name: SEVERITIES[severity]!.name });
  }
  if (facility !== undefined) put(tree, 'log.syslog.facility', { code: facility, name: FACILITIES[facility] });
  if (severity !== undefined && facility !== undefined) put(tree, 'log.syslog.priority', facility * 8 + severity);
}

function small(text: string | undefined, maximum: number): number | undefined {
  return text !== undefined && /^\d{1,2}$/.test(text) && Number(text) <= maximum ? Number(text) : undefined;
}

function put(tree: Tree, name: string, value: unknown): void {
  const path = name.split('.');
  let at = tree;
  for (const part of path.slice(0, -1)) at = (at[part] ??= {}) as Tree;
  at[path.at(-1)!] = value;
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}
