import type { ReaderConfig, SenderConfig } from '../config/schema.ts';
import type { Sender } from '../senders/sender.ts';
import type { StateFile } from '../state/state-file.ts';
import { emptySender } from '../state/stored.ts';
import type { Log } from '../telemetry/log.ts';
import { openDeadLetters, type DeadLetterPlace } from './dead-letters.ts';
import type { Rules } from './rules.ts';
import { senderOptions } from './sender-options.ts';
import type { Progress } from './standing.ts';
import { Station } from './station.ts';

/** What the stations of one reader have in common. */
export interface StationsOptions {
  /** The reader's name and config. */
  readonly name: string;
  readonly config: ReaderConfig;
  readonly rules: Rules;
  readonly state: StateFile;
  readonly deadLetters: DeadLetterPlace;
  readonly log: Log;
  /** How far the reader has got, and the sender of this name behind it. */
  progressOf(sender: string): Progress;
  /** A queue has room again, or nothing is left in it. */
  drained(): void;
}

/** A station for a sender of the config. */
export function makeStation(name: string, sender: SenderConfig, reader: StationsOptions): Station {
  const { config, rules, state } = reader;
  const { create, stateType, ...options } = senderOptions(`${reader.name}.${name}`, sender, config);
  const log = reader.log.scoped(name);
  return new Station({
    ...options,
    ...shared(name, reader),
    encoding: rules.encodingOf(sender),
    level: rules.levelOf(sender),
    stored: state.sender(reader.name, name, stateType),
    log,
    deadLetters: openDeadLetters(reader.deadLetters, { reader: reader.name, sender: name, head: sender.head }),
    createSender: (mark) => create(log, mark),
  });
}

/** Takes the entries of a reader without senders, whose checkpoint is the reader's own cursor. */
export function makeIdleStation(cursor: string | null, reader: StationsOptions): Station {
  const { msg_buffer_max_bytes: maxBytes, msg_buffer_max_length: maxEntries } = reader.config;
  const stored = emptySender('');
  stored.sent.cursor = cursor;
  return new Station({
    ...shared('', reader),
    limits: { maxEntries, maxBytes, batchMaxEntries: maxEntries, batchMaxBytes: maxBytes },
    maxBatchAgeMs: 0,
    attemptMs: 0,
    encoding: { format: 'journalpump', extraFields: {}, maxEntryBytes: Infinity, fieldFilter: undefined },
    level: { key: 'none', passes: () => false },
    stored,
    log: reader.log,
    createSender: () => Promise.resolve(nowhere),
  });
}

function shared(name: string, reader: StationsOptions) {
  return {
    name,
    progress: () => reader.progressOf(name),
    moved: () => {
      reader.state.touch();
    },
    drained: () => {
      reader.drained();
    },
  };
}

/** The sender of a reader that has none: its searches need no destination, only that reading goes on. */
const nowhere: Sender = {
  connect: () => Promise.resolve(),
  send: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
