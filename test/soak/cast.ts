import type { Destination } from './destination.ts';
import { openFileDestination } from './file-destination.ts';
import { openGulpDestination } from './gulp-destination.ts';
import { openKafkaDestination } from './kafka-destination.ts';
import { openRoutedDestination } from './routed-destination.ts';
import { openSearchDestination } from './search-destination.ts';
import { openWebSocketDestination } from './websocket-destination.ts';

/** Opens the destinations of a soak: a few that cost little, or one of each kind. */
export async function openCast(isWhole: boolean, maxEntries: number): Promise<Destination[]> {
  const small = [
    await openFileDestination('file', maxEntries),
    await openRoutedDestination('routed', maxEntries),
    await openWebSocketDestination('websocket'),
  ];
  if (!isWhole) return small;
  // one after the other, as each takes all processors while it starts
  return [
    ...small,
    await openSearchDestination('elasticsearch'),
    await openSearchDestination('opensearch'),
    await openKafkaDestination(),
    await openGulpDestination('gulp'),
  ];
}
