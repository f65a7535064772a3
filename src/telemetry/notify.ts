import { messageOf } from '../errors.ts';
import { withoutSecrets } from '../secrets.ts';
import type { Log } from './log.ts';
import { isNotifyAddress, openNotifySocket, type NotifySocket } from './notify-socket.ts';

/** What a service manager has asked for (sd_notify(3), sd_watchdog_enabled(3)). */
export interface NotifyRequest {
  readonly address: string;
  /** It wants a sign of life at least so often. */
  readonly watchdogMs: number | undefined;
}

/** Assignments of sd_notify(3): `{ READY: 1, STATUS: 'all is well' }`. */
export type NotifyMessage = Readonly<Record<string, string | number | bigint>>;

const RETRY_MS = 100;
/** The change of state that nobody could be told for so many messages is history. */
const MAX_WAITING = 32;
const MAX_STATUS = 1000;

/** What the environment asks for, if anything; it is taken out of there, as it is not for children. */
export function takeNotifyRequest(env: NodeJS.ProcessEnv): NotifyRequest | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: watchdog = '', WATCHDOG_PID: pid } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) Reflect.deleteProperty(env, name);
  if (address === undefined || address === '') return undefined;
  const isForUs = pid === undefined || pid === '' || pid === String(process.pid);
  const ms = /^\d+$/.test(watchdog) ? Number(watchdog) / 1000 : 0;
  return { address, watchdogMs: isForUs && ms > 0 ? ms : undefined };
}

/** Tells a service manager how this process stands. What fails is said in the log, and holds up nothing. */
export class Notify {
  private readonly socket: NotifySocket;
  private readonly log: Log;
  /** Changes of state that could not be sent yet. */
  private waiting: string[] = [];
  private timer: NodeJS.Timeout | undefined;

  private constructor(socket: NotifySocket, log: Log) {
    this.socket = socket;
    this.log = log;
  }

  /** Undefined when nobody can be told; then the log says why. */
  static async open(address: string, log: Log): Promise<Notify | undefined> {
    if (!isNotifyAddress(address)) {
      log.warn(`NOTIFY_SOCKET is neither a path nor an abstract name, so the service manager is told nothing.`);
      return undefined;
    }
    try {
      return new Notify(await openNotifySocket(address), log);
    } catch (error) {
      log.warn(`the service manager is told nothing: ${messageOf(error)}.`);
      return undefined;
    }
  }

  /** A change of state, in one datagram: it comes after all that were told before, and is not lost if that takes a while. */
  tell(message: NotifyMessage): void {
    this.waiting = [...this.waiting, textOf(message)].slice(-MAX_WAITING);
    this.sendWaiting();
  }

  /** What is true now and will be told again, in one datagram. */
  mention(message: NotifyMessage): void {
    if (this.waiting.length === 0) this.complain(this.socket.send(textOf(message)));
  }

  close(): void {
    clearTimeout(this.timer);
    this.socket.close();
  }

  private sendWaiting(): void {
    clearTimeout(this.timer);
    for (let text = this.waiting[0]; text !== undefined; text = this.waiting[0]) {
      const trouble = this.socket.send(text);
      if (trouble !== undefined) {
        this.complain(trouble);
        this.timer = setTimeout(() => {
          this.sendWaiting();
        }, RETRY_MS).unref();
        return;
      }
      this.waiting.shift();
    }
  }

  private complain(trouble: string | undefined): void {
    if (trouble === undefined || trouble === 'EAGAIN') return; // it is busy, which passes
    this.log.warn(`the service manager cannot be told how we stand: ${trouble}; it will be tried again.`, 'notify');
  }
}

function textOf(message: NotifyMessage): string {
  const lines = Object.entries(message).map(([name, value]) => `${name}=${cleaned(String(value))}`);
  return lines.join('\n');
}

/** A line break would begin another assignment; half a character makes systemd refuse the text. */
function cleaned(value: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  const oneLine = withoutSecrets(value).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return (oneLine.length > MAX_STATUS ? `${oneLine.slice(0, MAX_STATUS)}…` : oneLine).toWellFormed();
}
