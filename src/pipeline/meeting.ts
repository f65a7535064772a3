import type { Block } from '../journal/block.ts';
import type { Feed } from './feed.ts';
import type { Station } from './station.ts';

// Only equality of cursors is used: they have no order. So a feed that catches up must deal exactly up to where the
// other one stands, and looks for that place in every Block.

/** Where the feed of a Block meets one of the others: after how many entries, and whom. */
export function meetingIn(
  block: Block,
  others: readonly Feed<Station>[],
): { end: number; other: Feed<Station> } | undefined {
  const places = others
    .filter(({ position }) => position !== undefined)
    .map((other) => ({ other, place: Buffer.from(other.position!.cursor, 'latin1') }));
  for (let i = 0; places.length > 0 && i < block.count; i++) {
    const other = places.find(({ place }) => block.hasCursor(i, place))?.other;
    if (other?.isOpenAt(other.position!)) return { end: i + 1, other };
  }
  return undefined;
}

/** The one of the others that stands where a feed stands and takes its deliveries. */
export function standingWith(feed: Feed<Station>, others: readonly Feed<Station>[]): Feed<Station> | undefined {
  const { position } = feed;
  if (position === undefined) return undefined;
  const other = others.find((each) => each.position?.cursor === position.cursor);
  return other?.isOpenAt(position) ? other : undefined;
}

/** Whether its queues have room enough. */
export function isAbleToJoin({ subscribers }: Feed<Station>): boolean {
  return subscribers.every(({ queue }) => queue.isHalfEmpty); // or it would soon be set apart again
}
