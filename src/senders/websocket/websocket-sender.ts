import { compressSync } from 'snappy';
import { NotConnectedError } from '../../errors.ts';
import type { Batch, Sender, SenderContext } from '../sender.ts';
import { SizeLimit } from '../size-limit.ts';
import { authorize } from './authorization.ts';
import { FrameTooLargeError } from './close-codes.ts';
import { openWebSocket } from './connect.ts';
import { Dispatch } from './dispatch.ts';
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
  private readonly limit: SizeLimit;
  private mustReconnect = false;
  /** The last send failed: a ping behind each frame tells how far the next one gets. */
  private isWary = false;
  /** A frame was too large: one at a time, so that it is known which. */
  private isSearching = false;

  constructor(options: WebsocketOptions, log: SenderContext['log'], patience: typeof PATIENCE) {
    this.options = options;
    this.log = log;
    this.patience = patience;
    this.limit = new SizeLimit(options.max_batch_size);
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.close();
    const { header, renewAtMs } = await authorize(this.options);
    const socket = await openWebSocket(this.options, header, signal);
    this.session = new Session(socket, this.options.websocket_ack, this.patience);
    this.renewAtMs = renewAtMs;
    this.mustReconnect = false;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    if (this.mustReconnect || Date.now() >= this.renewAtMs) {
      this.log.debug('connecting anew');
      await this.connect(signal);
    }
    const { session } = this;
    if (session === undefined) throw new NotConnectedError('there is no connection');
    session.check();
    const dispatch = new Dispatch(session, batch);
    try {
      await this.sendFrames(session, batch, { dispatch, signal });
    } catch (error) {
      throw this.judge(error, dispatch);
    }
    this.isWary = false;
    this.isSearching = false;
  }

  private async sendFrames(
    session: Session,
    batch: Batch,
    { dispatch, signal }: { readonly dispatch: Dispatch; readonly signal: AbortSignal },
  ): Promise<void> {
    for (const frame of framesOf(batch, this.limit.bytes)) {
      dispatch.add(frame);
      const { bytes } = frame;
      // Its threads would each keep memory for ever.
      await session.write(this.options.compression === 'snappy' ? compressSync(bytes) : bytes, signal, this.isWary);
      if (this.isSearching) await session.confirm(signal);
    }
    await session.confirm(signal);
  }

  /** What follows from a send that failed; an entry that is too large by itself would never get through. */
  private judge(error: unknown, dispatch: Dispatch): unknown {
    this.isWary = true;
    if (!(error instanceof FrameTooLargeError)) return dispatch.failure(error);
    const culprit = dispatch.culprit(error);
    this.isSearching = true;
    if (culprit === undefined) return dispatch.failure(error);
    if (culprit.entries === 1) {
      this.mustReconnect = true;
      return dispatch.rejection(`the receiver takes no frame as large as this entry needs (close code 1009)`);
    }
    this.limit.tooLarge(culprit.length);
    this.log.warn(
      `a frame with ${culprit.length} bytes of entries is too large for the receiver; sending at most ${this.limit.bytes}. "max_batch_size" can be set so.`,
      'frame size',
    );
    return dispatch.failure(error);
  }

  async close(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    await session?.close();
  }
}
