import { readBulkAnswer } from './bulk-answer.ts';
import type { BulkRequest } from './bulk-request.ts';
import { Failure } from './failure.ts';
import type { Shipment } from './shipment.ts';

const MAX_CONTROL_BYTES = 64 * 1024;

/**
 * Requests that are refused as a whole. Is it because of an entry, that one is looked for, or it would stop all others for
 * ever; if all requests are refused, nothing may become a dead letter: somebody has to mend the config or the server.
 */
export class WholeRefusals {
  /** How many addresses the cluster has: each answers in turn. */
  private readonly addresses: number;
  private readonly ask: (body: Buffer, signal: AbortSignal) => Promise<unknown>;
  /** What the server has stored last: when it refuses a whole request, this tells whether it would refuse any. */
  private control: Buffer | undefined;

  constructor(addresses: number, ask: WholeRefusals['ask']) {
    this.addresses = addresses;
    this.ask = ask;
  }

  /** The server has taken this request. */
  stored({ body }: BulkRequest): void {
    if (body.length <= MAX_CONTROL_BYTES) this.control = Buffer.from(body);
  }

  /** Settles a refused request, has it sent in halves, or fails the shipment. */
  async judge(request: BulkRequest, failure: Failure, shipment: Shipment, signal: AbortSignal): Promise<void> {
    try {
      if (this.control === undefined) {
        if (!shipment.suspect(request, failure)) shipment.fail(failure);
        return;
      }
      readBulkAnswer(await this.ask(this.control, signal), 1);
      // Perhaps only one of the addresses is so hard to please.
      for (let n = 0; this.addresses > 1 && request.numbers.length === 1 && n < this.addresses; n++) {
        const items = await this.ask(request.body, signal).catch(onlyAboutContent);
        if (items === undefined) continue;
        shipment.settle(request, readBulkAnswer(items, request.numbers.length));
        return;
      }
      shipment.halve(request, failure.message);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      shipment.fail(error);
    }
  }
}

function onlyAboutContent(error: unknown): undefined {
  if (!(error instanceof Failure && error.isAboutContent)) throw error;
}
