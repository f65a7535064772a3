import type { Config, ReaderConfig, SenderConfig } from '../../config/schema.ts';
import type { Block } from '../../journal/block.ts';
import { Sieve, type Test } from '../../pipeline/sieve.ts';
import { headOf } from './head.ts';
import { createRedactionStep, createSearchStep } from './patterns.ts';
import { exclusionStep, matchSteps, ownLogStep, selectionSteps } from './selection.ts';
import { createSenderExplainer } from './sender.ts';
import { Trace, type Take, type Taken } from './trace.ts';
import type { ExplainedEntry } from './explained.ts';

/** A reader to be explained, and those of its senders that are wanted. */
export interface ReaderChoice {
  readonly name: string;
  readonly reader: ReaderConfig;
  readonly senders: Readonly<Record<string, SenderConfig>>;
}

/** Takes the only entry of a Block through a reader and tells what becomes of it. The Block is redacted by that. */
export type Explain = (block: Block) => ExplainedEntry;

/**
 * Makes what explains a reader: the daemon's own sieve, redactor, searches, levels and encoders, and beside each what
 * tells why. Throws an Error with a sentence for what `check` would have refused.
 */
export async function createExplain(config: Config, { name, reader, senders }: ReaderChoice): Promise<Explain> {
  const trace = new Trace();
  const selection = selectionSteps(reader);
  const redact = await createRedactionStep(reader);
  const sieve = createSieve(trace, {
    own: ownLogStep(reader),
    excluded: exclusionStep(reader),
    matches: matchSteps(config, reader),
    redact,
    search: await createSearchStep(config, reader),
  });
  const explainSenders = Object.entries(senders).map(([key, sender]) => createSenderExplainer(config, key, sender));
  return (block) => {
    trace.begin();
    const isSelected = selection.every((take) => trace.add(take(block, 0)));
    const kept = isSelected && sieve.sift(block, 0, false)[0] === 1;
    // Nothing is told of an entry before it is redacted, however early it was dropped.
    if (!trace.isRedacted) redact?.(block);
    const steps = trace.tell();
    const explained = kept ? explainSenders.map((explain) => explain(block, 0)) : [];
    return { reader: name, ...headOf(block, 0), kept, steps, senders: explained };
  };
}

interface Steps {
  readonly own: Take | undefined;
  readonly excluded: Take | undefined;
  readonly matches: readonly Take[];
  readonly redact: ((block: Block) => Taken) | undefined;
  readonly search: Take | undefined;
}

/** The daemon's sieve with steps that leave a trace. */
function createSieve(trace: Trace, { own, excluded, matches, redact, search }: Steps): Sieve {
  const passes =
    (take: Take): Test =>
    (block, i) =>
      trace.add(take(block, i));
  const drops =
    (take: Take): Test =>
    (block, i) =>
      !trace.add(take(block, i));
  return new Sieve({
    isOwnLog: own && drops(own),
    isExcluded: excluded && drops(excluded),
    match: (block, i) => matches.every((take) => passes(take)(block, i)),
    redact: redact && ((block) => (trace.isRedacted = trace.add(redact(block)))),
    search: search && passes(search),
  });
}
