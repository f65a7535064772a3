import { readFileSync } from 'node:fs';

/** A call to a real manager, and what it answered. Tokens are named `{user#n}`; times and the like were left out. */
export interface RecordedCall {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly response: RecordedResponse;
  /** The recording had cut the body; what was lost was added by the rest of what is known. */
  readonly restored?: boolean;
}

/** What the manager answered; either the envelope's parts or a plain text. */
export interface RecordedResponse {
  readonly status: number;
  readonly envelope?: 'success' | 'pending' | 'error';
  readonly hasRequestId?: boolean;
  readonly requestId?: string;
  readonly data?: unknown;
  readonly error?: { readonly name: string; readonly msg: string };
  readonly contentType?: string;
  readonly text?: string;
}

/** A call of a real manager to a bridge, and what the bridge answered. */
export interface RecordedBridgeCall {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  /** In the order and the spelling in which they came. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly answered: unknown;
}

/** In the order of their time. */
export function recordedCalls(): RecordedCall[] {
  return readLines('recorded-calls.jsonl') as RecordedCall[];
}

/** In the order of their time; a call that was made before with the same body was not always written down again. */
export function recordedBridgeCalls(): RecordedBridgeCall[] {
  return readLines('manager-to-bridge.jsonl') as RecordedBridgeCall[];
}

function readLines(name: string): unknown[] {
  const text = readFileSync(new URL(`../../fixtures/gulp/${name}`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}
