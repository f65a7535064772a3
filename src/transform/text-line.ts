import type { Block } from '../journal/block.ts';
import { parseTemplate } from '../template.ts';
import type { EncoderOptions } from './encoder-options.ts';
import { createEntryFields, firstOf, type EntryFields } from './entry-fields.ts';
import type { FieldFilter } from './field-filter.ts';
import type { LineFormat } from './line.ts';
import { isoMicroseconds } from './timestamps.ts';

/** A line of `journalctl -o short-iso-precise` in UTC, control characters escaped so that it is one line. */
export function createTextLine(options: EncoderOptions, filter: FieldFilter): LineFormat {
  const fieldsOf = createEntryFields(filter, options.extraFields);
  const extra = textsOf(options.extraFields, filter);
  const line = (block: Block, i: number): string => {
    const fields = fieldsOf(block, i);
    const get = (key: string): string | undefined => extra.get(key) ?? firstOf(fields.get(key));
    const host = get('HOSTNAME');
    const pid = get('PID') ?? get('SYSLOG_PID');
    const who = (get('SYSLOG_IDENTIFIER') ?? get('COMM') ?? 'unknown') + (pid === undefined ? '' : `[${pid}]`);
    return oneLine(
      `${timeOf(block, i, fields)} ${host === undefined ? '' : `${host} `}${who}: ${get('MESSAGE') ?? ''}`,
    );
  };
  return { line, stub: cutLine };
}

/** A line by a template of one's own. */
export function createTemplateLine(options: EncoderOptions, filter: FieldFilter): LineFormat {
  const template = parseTemplate(options.lineTemplate ?? '{MESSAGE:}');
  const fieldsOf = createEntryFields(filter, options.extraFields);
  const extra = textsOf(options.extraFields, filter);
  const line = (block: Block, i: number): string => {
    const fields = fieldsOf(block, i);
    const realtimeUs = block.realtimeUs(i);
    const values = template.fields.map((field) => {
      if (field === 'timestamp') return extra.get(field) ?? `${isoMicroseconds(realtimeUs)}Z`;
      return extra.get(field) ?? firstOf(fields.get(field)) ?? null;
    });
    return oneLine(template.render(values, realtimeUs, (value) => value));
  };
  return { line, stub: cutLine };
}

/** Text without line breaks or other control characters but tabs: they are written as in C. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    const short = { '\n': '\\n', '\r': '\\r' }[character];
    const code = character.charCodeAt(0);
    return short ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
  });
}

/** When the program says that it logged, as journalctl shows it; otherwise when journald had it. */
function timeOf(block: Block, i: number, fields: EntryFields): string {
  const source = firstOf(fields.get('SOURCE_REALTIME_TIMESTAMP')) ?? '';
  const us = /^[1-9]\d{0,15}$/.test(source) ? Number(source) : block.realtimeUs(i);
  return `${isoMicroseconds(us)}+0000`;
}

function textsOf(extraFields: Readonly<Record<string, unknown>>, filter: FieldFilter): ReadonlyMap<string, string> {
  const kept = Object.entries(extraFields).filter(([key]) => filter.keeps(key));
  return new Map(kept.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));
}

function cutLine(_: Block, __: number, line: string, size: number): string {
  return `${line.slice(0, 1024).toWellFormed()}... (too large message ${size} bytes)`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
