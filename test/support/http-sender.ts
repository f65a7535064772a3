// To be loaded before the program (`NODE_OPTIONS=--import=…`): it adds a sender to the registry whose destination is a
// HTTP server of the test, which can refuse as it likes: 200 with a list of [index, reason], 400 for all, 503 for later.
import { object, required, text } from '../../src/config/dialect.ts';
import { BatchRefusedError, RejectedError, RetryableError } from '../../src/errors.ts';
import { senderDefinitions } from '../../src/senders/registry.ts';
import type { Batch, Sender } from '../../src/senders/sender.ts';
import type { SenderDefinition } from '../../src/senders/sender-definition.ts';

const options = object(
  { test_url: required(text({ description: 'The server.' })) },
  { description: 'Posts each batch to a server.' },
);

const httpSender: SenderDefinition<typeof options> = {
  type: 'http_test',
  stateType: 'HttpTestSender',
  summary: 'Posts each batch to a server.',
  options,
  defaultSendInterval: 0.05,
  create: ({ test_url: url }) => Promise.resolve(new HttpSender(url)),
};

class HttpSender implements Sender {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  async send({ bytes, ends }: Batch, signal: AbortSignal): Promise<void> {
    const body = new Uint8Array(bytes.subarray(0, ends.at(-1)));
    const response = await fetch(this.url, { method: 'POST', body, signal }).catch((cause: unknown) => {
      throw new RetryableError('the server cannot be reached', { cause });
    });
    if (response.status === 400) throw new BatchRefusedError(await response.text());
    if (response.status !== 200) throw new RetryableError(`the server answered ${response.status}`);
    const refused = (await response.json()) as [number, string][];
    if (refused.length === 0) return;
    throw new RejectedError(
      'refused',
      refused.map(([index, reason]) => ({ index, reason })),
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

(senderDefinitions as SenderDefinition[]).push(httpSender);
