import type { IncomingMessage } from 'node:http';
import { Ajv, type ValidateFunction } from 'ajv';
import type { StartRequest } from './task-plan.ts';

/** The request is not answered as asked: with this status, and a sentence for people. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_DEPTH = 32;
const id = { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f]+$' };
const task = { bridge_id: id, bridge_task_id: { ...id, pattern: '^(?!__proto__$)[^\\u0000-\\u001f\\u007f]+$' } };

const checks = {
  start: {
    type: 'object',
    required: ['bridge_id', 'bridge_task_id', 'operation_id'],
    properties: { ...task, operation_id: id, plugin_params: { type: 'object', nullable: true } },
  },
  stop: { type: 'object', required: ['bridge_id', 'bridge_task_id'], properties: task },
};

let compiled: Readonly<Record<keyof typeof checks, ValidateFunction>> | undefined;

/** The body of /start_ingestion. Throws ControlError. */
export async function readStart(request: IncomingMessage): Promise<StartRequest> {
  return (await readChecked(request, 'start')) as StartRequest;
}

/** The body of /stop_ingestion. Throws ControlError. */
export async function readStop(request: IncomingMessage): Promise<{ bridge_id: string; bridge_task_id: string }> {
  return (await readChecked(request, 'stop')) as { bridge_id: string; bridge_task_id: string };
}

/** Takes in a body that nobody looks at, as far as it is bearable. */
export async function discardBody(request: IncomingMessage): Promise<void> {
  await readBody(request);
}

async function readChecked(request: IncomingMessage, what: keyof typeof checks): Promise<unknown> {
  const value = parsed(await readBody(request));
  compiled ??= compile();
  const check = compiled[what];
  if (check(value)) return value;
  const [error] = check.errors ?? [];
  const missing = (error?.params as { missingProperty?: string } | undefined)?.missingProperty;
  const key = missing ?? error?.instancePath.split('/')[1];
  const about =
    key === undefined
      ? 'the body must be a JSON object'
      : `"${key}" ${missing ? 'is missing' : 'is not as it should be'}`;
  throw new ControlError(400, about);
}

function compile(): NonNullable<typeof compiled> {
  const ajv = new Ajv({ allErrors: false });
  return { start: ajv.compile(checks.start), stop: ajv.compile(checks.stop) };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

function tooLarge(): ControlError {
  return new ControlError(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
}

function parsed(body: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new ControlError(400, 'the body is no JSON');
  }
  // What is kept in the state is written again and again: nobody needs parameters of parameters without end.
  if (isDeeper(value, MAX_DEPTH)) throw new ControlError(400, 'the body is nested too deeply');
  return value;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}
