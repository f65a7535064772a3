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
    () => openFileDestination('file', maxEntries),
    () => openRoutedDestination('routed', maxEntries),
    () => openWebSocketDestination('websocket'),
  ];
  const servers = [
    () => openSearchDestination('elasticsearch'),
    () => openSearchDestination('opensearch'),
    () => openKafkaDestination(),
    () => openGulpDestination('gulp'),
  ];
  await using opened = new AsyncDisposableStack();
  const destinations: Destination[] = [];
  // one after the other, as a server takes all processors while it starts
  for (const open of isWhole ? [...small, ...servers] : small) destinations.push(opened.use(await open()));
  opened.move(); // to whoever asked for them
  return destinations;
}
