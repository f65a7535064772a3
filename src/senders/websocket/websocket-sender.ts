import { compressSync } from 'snappy';
import { NotConnectedError } from '../../errors.ts';
import type { Batch, Sender, SenderContext } from '../sender.ts';
import { authorize } from './authorization.ts';
import { openWebSocket } from './connect.ts';
import type { WebsocketOptions } from './options.ts';
import { framesOf } from './frames.ts';
import { PATIENCE, Session } from './session.ts';

/** Makes a sender that speaks journalpump's WebSocket protocol. */
export function createWebsocketSender(
  options: WebsocketOptions,
  log: SenderContext['log'],
  patience = PATIENCE,
): Sender {
  return new WebsocketSender(options, log, patience);
}

class WebsocketSender implements Sender {
  private readonly options: WebsocketOptions;
  private readonly log: SenderContext['log'];
  private readonly patience: typeof PATIENCE;
  private session: Session | undefined;
  private renewAtMs = Infinity;

  constructor(options: WebsocketOptions, log: SenderContext['log'], patience: typeof PATIENCE) {
    this.options = options;
    this.log = log;
    this.patience = patience;
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.close();
    const { header, renewAtMs } = await authorize(this.options);
    const socket = await openWebSocket(this.options, header, signal);
    this.session = new Session(socket, this.options.websocket_ack, this.patience);
    this.renewAtMs = renewAtMs;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    if (Date.now() >= this.renewAtMs) {
      this.log.debug('connecting anew, with a new token');
      await this.connect(signal);
    }
    const { session } = this;
    if (session === undefined) throw new NotConnectedError('there is no connection');
    session.check();
    for (const frame of framesOf(batch, this.options.max_batch_size)) {
      // Its threads would each keep memory for ever.
      await session.write(this.options.compression === 'snappy' ? compressSync(frame) : frame, signal);
    }
    await session.confirm(signal);
  }

  async close(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    await session?.close();
  }
}
