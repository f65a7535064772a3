import { NotConnectedError } from '../../errors.ts';

/** The number in `{"ack": n}`. Throws NotConnectedError for anything else, and for a frame that was not sent yet. */
export function readAck(data: Buffer, sent: number): number {
  const ack = numberIn(data);
  if (ack === undefined) throw new NotConnectedError('the receiver answered with something else than {"ack": n}');
  if (ack > sent) throw new NotConnectedError(`the receiver acknowledged frame ${ack}, but only ${sent} were sent`);
  return ack;
}

function numberIn(data: Buffer): number | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    const ack = typeof value === 'object' && value !== null && 'ack' in value ? value.ack : undefined;
    return Number.isSafeInteger(ack) && (ack as number) >= 1 ? (ack as number) : undefined;
  } catch {
    return undefined; // no JSON
  }
}
