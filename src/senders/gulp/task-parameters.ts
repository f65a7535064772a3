import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { compileGlob } from '../../glob.ts';
import { LEVEL_NAMES, levelNumber, SHORT_LEVEL_NAMES } from '../../config/levels.ts';
import { messageOf } from '../../errors.ts';
import { parseTime } from './times.ts';

/** What a task is to bring, as `custom_parameters` say it. */
export interface TaskParameters {
  readonly units: readonly string[] | undefined;
  readonly identifiers: readonly string[] | undefined;
  readonly minPriority: number | undefined;
  readonly matches: readonly { readonly field: string; readonly value: string }[] | undefined;
  /** In µs since 1970. */
  readonly sinceUs: number | undefined;
  readonly untilUs: number | undefined;
  readonly position: 'head' | 'tail' | number;
  /** A boot's id, or 0 for the current one, -1 for the one before. */
  readonly boot: string | number | undefined;
}

/** The parameters cannot be used; the message is a sentence for the one who gave them. */
export class ParameterError extends Error {}

const MAX_ITEMS = 500;
// No process can be given a NUL, and journalctl is one.
const text = { type: 'string', minLength: 1, maxLength: 1000, pattern: '^[^\\u0000]*$' };
const oneOrMore = { anyOf: [text, { type: 'array', maxItems: MAX_ITEMS, items: text }] };
const time = { type: ['string', 'number'], maxLength: 64 };
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    units: oneOrMore,
    identifiers: oneOrMore,
    min_priority: { type: ['string', 'integer'], minimum: 0, maximum: 7, maxLength: 16 },
    matches: oneOrMore,
    since: time,
    until: time,
    initial_position: { type: ['string', 'integer'], minimum: 0, maximum: 1_000_000_000, maxLength: 16 },
    boot: { type: ['string', 'integer'], minimum: -100_000, maximum: 0, maxLength: 40 },
  },
};

const WORDS: Readonly<Record<string, string>> = {
  units: 'a list of names of units',
  identifiers: 'a list of identifiers',
  min_priority: 'a priority: its name, or 0 to 7',
  matches: 'a list of FIELD=value',
  since: 'a time',
  until: 'a time',
  initial_position: '"head", "tail", or seconds after the start of the boot',
  boot: 'the id of a boot, 0 for the current one, or -1 for the one before',
};
const EXAMPLE = '"2026-03-01T12:00:00Z", seconds since 1970, "-7d" or "now"';
const MATCH = /^([A-Z_][A-Z0-9_]{0,63})=(.*)$/s;

type Given = Readonly<Partial<Record<keyof typeof SCHEMA.properties, unknown>>>;

let checking: ValidateFunction | undefined;

/** Reads `custom_parameters`. Throws ParameterError. */
export function readTask(parameters: unknown, nowUs: number): TaskParameters {
  const given = withoutNulls(parameters);
  // allErrors would let a hostile body make a long list of them.
  checking ??= new Ajv({ allErrors: false, allowUnionTypes: true }).compile(SCHEMA);
  if (!checking(given)) throw new ParameterError(sentenceOf(checking.errors?.[0]));
  const sinceUs = timeOf('since', given.since, nowUs);
  const untilUs = timeOf('until', given.until, nowUs);
  const position = positionOf(given, untilUs, nowUs);
  if (untilUs !== undefined && sinceUs !== undefined && sinceUs > untilUs)
    throw new ParameterError('"until" is before "since"');
  if (untilUs !== undefined && untilUs < nowUs && sinceUs === undefined && position === 'tail')
    throw new ParameterError('"until" is in the past, so "initial_position" cannot be "tail"; give "since", or "head"');
  return {
    units: listOf(given.units)?.map(unitName),
    identifiers: listOf(given.identifiers),
    minPriority: given.min_priority === undefined ? undefined : priorityOf(given.min_priority as string | number),
    matches: listOf(given.matches)?.map(matchOf),
    sinceUs,
    untilUs,
    position,
    boot: bootOf(given.boot),
  };
}

/** Forms leave out by null, or by an empty text. */
function withoutNulls(parameters: unknown): Given {
  if (parameters === null || parameters === undefined) return {};
  if (typeof parameters !== 'object' || Array.isArray(parameters))
    throw new ParameterError('custom_parameters must be an object');
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null && value !== ''));
}

function sentenceOf(error: ErrorObject | undefined): string {
  const key = error?.instancePath.split('/')[1];
  if (key !== undefined && Object.hasOwn(WORDS, key)) return `"${key}" must be ${WORDS[key]}`;
  const known = Object.keys(SCHEMA.properties).join(', ');
  return `custom_parameters may have only these keys: ${known}`;
}

function listOf(value: unknown): readonly string[] | undefined {
  const list = typeof value === 'string' ? [value] : (value as readonly string[] | undefined);
  return list === undefined || list.length === 0 ? undefined : list;
}

const KIND = /\.(service|socket|target|device|mount|automount|swap|timer|path|slice|scope)$/;

/** As for `journalctl -u`, the kind of a unit may be left out where it is a service. */
function unitName(unit: string): string {
  const name = KIND.test(unit) || /[*?[\]]/.test(unit) ? unit : `${unit}.service`;
  try {
    compileGlob(name);
  } catch (error) {
    throw new ParameterError(`"units" cannot be used: ${messageOf(error)}`);
  }
  return name;
}

function priorityOf(value: string | number): number {
  const text = String(value).toUpperCase();
  const level = /^[0-7]$/.test(text) ? Number(text) : levelNumber(text);
  if (level < 0) {
    const names = [...LEVEL_NAMES, ...SHORT_LEVEL_NAMES].map((name) => name.toLowerCase()).join(', ');
    throw new ParameterError(`"min_priority" must be 0 to 7 or one of ${names}`);
  }
  return level;
}

function matchOf(match: string): { field: string; value: string } {
  const [, field, value] = MATCH.exec(match) ?? [];
  if (field === undefined || value === undefined)
    throw new ParameterError('"matches" must be a list of FIELD=value, with the field in upper case');
  return { field, value };
}

function timeOf(key: 'since' | 'until', value: unknown, nowUs: number): number | undefined {
  if (value === undefined) return undefined;
  const us = parseTime(value as string | number, nowUs);
  if (us === undefined) throw new ParameterError(`"${key}" must be a time: ${EXAMPLE}`);
  return us;
}

function positionOf(
  { initial_position: position, boot }: Given,
  untilUs: number | undefined,
  nowUs: number,
): TaskParameters['position'] {
  // What has an end by now, or is over, is meant from its beginning.
  const isOver = (untilUs !== undefined && untilUs <= nowUs) || (boot !== undefined && boot !== 0 && boot !== '0');
  if (position === undefined) return isOver ? 'head' : 'tail';
  if (position === 'head' || position === 'tail' || typeof position === 'number') return position;
  throw new ParameterError(`"initial_position" must be ${WORDS['initial_position']!}`);
}

function bootOf(boot: unknown): string | number | undefined {
  if (boot === undefined || typeof boot === 'number') return boot;
  const text = (boot as string).replaceAll('-', '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  if (/^(0|-\d{1,5})$/.test(boot as string)) return Number(boot);
  throw new ParameterError(`"boot" must be ${WORDS['boot']!}`);
}
