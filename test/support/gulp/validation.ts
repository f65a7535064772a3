import type { Call } from './call.ts';
import { repr } from './python.ts';
import { Refusal } from './refusal.ts';

/** What an endpoint wants; checked before anything else, the session included. */
export interface Wanted {
  /** Names of query parameters that must be there (an empty one is). */
  readonly query?: readonly string[];
  /** Query parameters that must be booleans if they are there. */
  readonly booleans?: readonly string[];
  /** Whether the header `token` must be there. */
  readonly token?: boolean;
  /** A whole body of this kind, or an object with these texts. */
  readonly body?: 'text' | 'object' | Readonly<Record<string, TextField>>;
}

/** A text in a body; `among` are the values that it may have. */
export interface TextField {
  readonly among?: readonly string[];
}

interface Complaint {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, string>>;
}

const truths = ['true', '1', 'yes', 'on', 't', 'y'];
const untruths = ['false', '0', 'no', 'off', 'f', 'n'];

/** Throws the Refusal of FastAPI, with all that is wrong at once; returns the body's JSON if one is wanted. */
export function validate(call: Call, wanted: Wanted): unknown {
  const complaints: Complaint[] = [];
  for (const name of wanted.query ?? []) {
    if (!call.query.has(name)) complaints.push(missing('query', name));
  }
  for (const name of wanted.booleans ?? []) complaints.push(...notBoolean(call, name));
  if (wanted.token === true && call.headers['token'] === undefined) complaints.push(missing('header', 'token'));
  const body = wanted.body === undefined ? undefined : readBody(call, wanted.body, complaints);
  if (complaints.length > 0) throw new Refusal(400, 'RequestValidationError', tell(call, complaints), false);
  return body;
}

/** A boolean query parameter that `validate` has passed. */
export function isTrue(call: Call, name: string, fallback: boolean): boolean {
  const text = call.query.get(name);
  return text === null ? fallback : truths.includes(text.toLowerCase());
}

function notBoolean(call: Call, name: string): Complaint[] {
  const input = call.query.get(name);
  if (input === null || [...truths, ...untruths].includes(input.toLowerCase())) return [];
  const msg = 'Input should be a valid boolean, unable to interpret input';
  return [{ type: 'bool_parsing', loc: ['query', name], msg, input }];
}

function readBody(call: Call, kind: NonNullable<Wanted['body']>, complaints: Complaint[]): unknown {
  const body = parseBody(call, complaints);
  if (complaints.some(({ type }) => type === 'json_invalid')) return undefined;
  if (typeof kind === 'object') complaints.push(...wrongTexts(body, kind));
  else if (body === undefined) complaints.push(missing('body'));
  else if (kind === 'text' && typeof body !== 'string') {
    complaints.push({ type: 'string_type', loc: ['body'], msg: 'Input should be a valid string', input: body });
  } else if (kind === 'object' && !isObject(body)) {
    const msg = 'Input should be a valid dictionary or object to extract fields from';
    complaints.push({ type: 'model_attributes_type', loc: ['body'], msg, input: body });
  }
  return body;
}

/** Only what says that it is JSON is taken for JSON; another kind counts as a text. */
function parseBody(call: Call, complaints: Complaint[]): unknown {
  if (call.body.length === 0) return undefined;
  const text = call.body.toString();
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(call.headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    complaints.push({ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} });
    return undefined;
  }
}

/** A null counts as missing, as the manager declares its fields. */
function wrongTexts(body: unknown, fields: Readonly<Record<string, TextField>>): Complaint[] {
  const object = isObject(body) ? body : {};
  return Object.entries(fields).flatMap(([name, { among }]): Complaint[] => {
    const input = object[name];
    if (input === undefined || input === null) return [missing('body', name)];
    if (among !== undefined && !among.some((value) => value === input)) return [notAmong(name, input, among)];
    if (typeof input === 'string') return [];
    return [{ type: 'string_type', loc: ['body', name], msg: 'Input should be a valid string', input }];
  });
}

function notAmong(name: string, input: unknown, among: readonly string[]): Complaint {
  const quoted = among.map((value) => `'${value}'`);
  const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`;
  return { type: 'literal_error', loc: ['body', name], msg: `Input should be ${expected}`, input, ctx: { expected } };
}

function missing(...loc: readonly string[]): Complaint {
  return { type: 'missing', loc, msg: 'Field required', input: null };
}

function tell(call: Call, complaints: readonly Complaint[]): string {
  const lines = complaints.map(({ type, loc, msg, input, ctx }) => {
    const place = `(${loc.map(repr).join(', ')}${loc.length === 1 ? ',' : ''})`;
    const more = ctx === undefined ? '' : `, 'ctx': ${repr(ctx)}`;
    return `  {'type': '${type}', 'loc': ${place}, 'msg': ${repr(msg)}, 'input': ${repr(input)}${more}}\n`;
  });
  const count = `${complaints.length} validation error${complaints.length === 1 ? '' : 's'}`;
  const handler = `${call.path.slice(1)}_handler`;
  return `${count}:\n${lines.join('')}\n  File "server.py", line 1, in ${handler}\n    ${call.method} ${call.path}`;
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
