import { MultipartWriter } from './multipart.ts';
import { Slots } from './slots.ts';

/** Bodies are large: so many are made and sent at one time, whatever the number of tasks. */
const POSTS_AT_ONCE = 2;
/** A server that has not taken a request by then is slow, at least for its operation. */
const OVERDUE_MS = 2000;

/** Turns to send a request, by operation. */
export type PostSlots = Slots<MultipartWriter>;

/** Makes the turns of all the tasks of a bridge. */
export function createPostSlots(overdueMs = OVERDUE_MS): PostSlots {
  return new Slots(POSTS_AT_ONCE, { makeTool: () => new MultipartWriter(), overdueMs });
}
