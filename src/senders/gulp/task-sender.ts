import type { Batch, Sender } from '../sender.ts';
import { deliveryErrorOf } from './answer.ts';
import { noExperience, Shipment, type ShippingOptions } from './shipment.ts';

/** Makes the sender of one task, or of one operation. */
export function createTaskSender(options: ShippingOptions): Sender {
  return new TaskSender(options);
}

/** Sends batches to one operation. The session belongs to all tasks, so there is nothing to close. */
class TaskSender implements Sender {
  private readonly options: ShippingOptions;
  private readonly experience = noExperience();

  constructor(options: ShippingOptions) {
    this.options = options;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { client } = this.options;
    try {
      await client.session.open(signal);
    } catch (error) {
      throw deliveryErrorOf(error, client.destination, signal);
    }
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    if (batch.ends.length > 0) await new Shipment(batch, this.options, this.experience, signal).send();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
