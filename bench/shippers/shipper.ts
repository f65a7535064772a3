import type { CommandLine } from '../../test/support/child.ts';

/** What a shipper leaves: lines of JSON, journalctl's export format, or journal files in a folder. */
export interface Output {
  readonly kind: 'lines' | 'export' | 'journal';
  readonly path: string;
}

/** Where a shipper runs. */
export interface Place {
  /** Its own, with what it has left there before: its checkpoint and its output. */
  readonly folder: string;
  /** The journal's folder; undefined where programs look by default. */
  readonly journal?: string | undefined;
  /** The command line that runs the given one where the journal is at the default place. */
  readonly inside: (...line: CommandLine) => CommandLine;
}

/** How to run a shipper: it has to be prepared anew for each start. */
export interface Preparation {
  readonly line: CommandLine;
  readonly output: Output;
  /** Gets what it writes to stdout, if that is its output. */
  readonly stdout?: string;
  /** Another program that has to run beside it, and the port of 127.0.0.1 that it listens at. */
  readonly companion?: { readonly line: CommandLine; readonly port: number };
}

/** A program that takes a journal somewhere else, as the bench runs it. */
export interface Shipper {
  /** As in results and tables. */
  readonly name: string;
  readonly version: string;
  /** Whether it ends by itself when all is shipped, unless it is to follow. */
  readonly ends: boolean;
  prepare(place: Place, mode: 'once' | 'follow'): Promise<Preparation>;
}
