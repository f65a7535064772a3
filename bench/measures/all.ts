import type { Measure } from '../measure.ts';
import { crash } from './crash.ts';
import { fidelity } from './fidelity.ts';
import { files } from './files.ts';
import { follow } from './follow.ts';
import { gulp } from './gulp.ts';
import { idle } from './idle.ts';
import { kafka } from './kafka.ts';
import { peers } from './peers.ts';
import { redaction } from './redaction.ts';
import { search } from './search.ts';
import { senders } from './senders.ts';
import { sizes } from './sizes.ts';
import { start } from './start.ts';
import { throughput } from './throughput.ts';

/** All measures, in the order in which they are taken. */
export const MEASURES: readonly Measure[] = [
  throughput,
  peers,
  crash,
  fidelity,
  follow,
  senders,
  sizes,
  idle,
  start,
  files,
  redaction,
  search,
  kafka,
  gulp,
];
