import type { WebSocket } from 'ws';
import { messageOf, NotConnectedError } from '../../errors.ts';
import { describeConnectionTrouble } from '../connection-trouble.ts';
import { readAck } from './acknowledgement.ts';
import { closedBy } from './close-codes.ts';
import { FIRST_SEQUENCE } from './connect.ts';

/** How long things may take. */
export interface Patience {
  /** Without any progress of what was sent, and without an answer to it. */
  readonly answerMs: number;
  /** Between two pings of an idle connection. */
  readonly keepAliveMs: number;
}

export const PATIENCE: Patience = { answerMs: 30_000, keepAliveMs: 30_000 };

/** More than this is not put into the socket's own queue. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Pongs may take so much more, behind what is under way. */
const MAX_PONG_BYTES = 1024 * 1024;

/** Behind so much a ping asks whether the receiver still reads: what lies in the kernel's buffers shows no progress. */
const PING_BYTES = 128 * 1024;

/** One open connection: sends frames, and knows when they have been taken. */
export class Session {
  private readonly socket: WebSocket;
  private readonly patience: Patience;
  private readonly keepAlive: NodeJS.Timeout;
  private readonly wantsAcks: boolean;
  private trouble: NotConnectedError | undefined;
  private written = FIRST_SEQUENCE - 1;
  private acked = FIRST_SEQUENCE - 1;
  /** Frames with an answered ping behind them. */
  private ponged = FIRST_SEQUENCE - 1;
  /** The last frame before each ping that was not answered. */
  private readonly pinged: number[] = [];
  private pings = 0;
  private pongs = 0;
  /** From the first frame of a batch until the last one is taken. */
  private isSending = false;
  private bytesSincePing = 0;
  private largestFrame = 0;
  private changed: () => void = () => undefined;

  constructor(socket: WebSocket, wantsAcks: boolean, patience: Patience) {
    this.socket = socket;
    this.wantsAcks = wantsAcks;
    this.patience = patience;
    socket.on('message', (data) => {
      this.take(data as Buffer);
    });
    socket.on('pong', (data) => {
      // An unasked pong proves nothing, and one for an earlier ping no more than that the receiver reads.
      const answered = Number(data.toString());
      if (answered > this.pongs && answered <= this.pings) {
        this.ponged = this.pinged.splice(0, answered - this.pongs).at(-1)!;
        this.pongs = answered;
      }
      this.changed();
    });
    socket.on('ping', (data) => {
      // Who asks again and again without reading the answers would have all of them in our memory.
      const enough = MAX_BUFFERED_BYTES + this.largestFrame + MAX_PONG_BYTES;
      if (socket.readyState === socket.OPEN && socket.bufferedAmount < enough) socket.pong(data);
    });
    socket.on('error', (error) => {
      this.fail(new NotConnectedError(`the connection broke: ${describeConnectionTrouble(error)}`, { cause: error }));
    });
    socket.on('close', (code, reason) => {
      this.fail(closedBy(code, reason.toString()));
    });
    // It may have closed after it was opened and before anybody listened.
    if (socket.readyState !== socket.OPEN)
      this.trouble = new NotConnectedError('the receiver closed the connection at once');
    this.keepAlive = setInterval(() => {
      this.checkIdle();
    }, patience.keepAliveMs).unref();
    socket.resume();
  }

  /** The number of the last frame. */
  get sent(): number {
    return this.written;
  }

  /** The number of the last frame that has been taken, as far as it is known. */
  get taken(): number {
    return this.wantsAcks ? this.acked : this.ponged;
  }

  /** Throws what the connection has died of. */
  check(): void {
    if (this.trouble !== undefined) throw this.trouble;
  }

  /** Hands a frame to the socket once there is room; `isWary`: a ping asks behind it at once. */
  async write(frame: Buffer, signal: AbortSignal, isWary = false): Promise<void> {
    await this.until(() => this.socket.bufferedAmount < MAX_BUFFERED_BYTES, signal);
    this.written++;
    this.largestFrame = Math.max(this.largestFrame, frame.length);
    this.isSending = true;
    this.socket.send(frame, { binary: true }, () => {
      this.changed();
    });
    this.bytesSincePing += frame.length;
    if (!this.wantsAcks && (isWary || this.bytesSincePing >= PING_BYTES)) this.ping();
  }

  /** Resolves when all that was written has been taken: acknowledged, or followed by a ping that was answered. */
  async confirm(signal: AbortSignal): Promise<void> {
    if (this.wantsAcks) await this.until(() => this.acked === this.written, signal);
    else {
      this.ping();
      await this.until(() => this.pongs === this.pings && this.socket.bufferedAmount === 0, signal);
    }
    this.isSending = false;
  }

  async close(): Promise<void> {
    clearInterval(this.keepAlive);
    if (this.socket.readyState === this.socket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    const timer = setTimeout(() => {
      this.socket.terminate();
    }, 1000);
    this.socket.close(1000);
    await closed;
    clearTimeout(timer);
  }

  private take(data: Buffer): void {
    if (!this.wantsAcks) return;
    try {
      const ack = readAck(data, this.written);
      if (ack !== this.acked + 1)
        throw new NotConnectedError(`the receiver acknowledged frame ${ack}, but frame ${this.acked + 1} was next`);
      this.acked = ack;
      this.changed();
    } catch (error) {
      this.fail(error instanceof NotConnectedError ? error : new NotConnectedError(messageOf(error)));
    }
  }

  private ping(): void {
    this.pings++;
    this.pinged.push(this.written);
    this.bytesSincePing = 0;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping(String(this.pings));
  }

  private checkIdle(): void {
    if (this.isSending) return;
    if (this.pongs < this.pings) this.fail(new NotConnectedError('the receiver no longer answers pings'));
    else this.ping();
  }

  private fail(trouble: NotConnectedError): void {
    this.trouble ??= trouble;
    clearInterval(this.keepAlive);
    this.socket.terminate();
    this.changed();
  }

  /** Waits as long as there is progress. */
  private async until(isTrue: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.changed = () => {
      if (this.trouble !== undefined) reject(this.trouble);
      else if (isTrue()) resolve(undefined);
    };
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    let progress = this.progress();
    const timer = setInterval(() => {
      const now = this.progress();
      if (now === progress)
        this.fail(new NotConnectedError(`the receiver took nothing for ${this.patience.answerMs / 1000} s`));
      progress = now;
    }, this.patience.answerMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      this.changed();
      await promise;
    } finally {
      this.changed = () => undefined;
      clearInterval(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  private progress(): string {
    return `${this.socket.bufferedAmount} ${this.acked} ${this.pongs}`;
  }
}
