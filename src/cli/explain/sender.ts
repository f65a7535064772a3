import type { Config, SenderConfig } from '../../config/schema.ts';
import type { Block } from '../../journal/block.ts';
import { encodingOf, levelOf } from '../../pipeline/rules.ts';
import { ByteWriter } from '../../transform/byte-writer.ts';
import { Encoder } from '../../transform/encode.ts';
import type { EncoderOptions } from '../../transform/encoder-options.ts';
import { ALGORITHM } from '../../transform/envelope.ts';
import { Sealer } from '../../transform/seal.ts';
import { createFilteredKeys } from '../../transform/filtered-keys.ts';
import { explainUnitLogLevel } from '../../transform/unit-log-level.ts';
import type { ExplainedSender, SenderStep } from './explained.ts';

type Explain<T> = (block: Block, i: number) => T;

/** Takes redacted entries to one sender, by the very level and encoder that the daemon uses, and tells what it gets. */
export function createSenderExplainer(config: Config, name: string, sender: SenderConfig): Explain<ExplainedSender> {
  const encoding = encodingOf(config, sender);
  const encoder = new Encoder({ ...encoding, head: undefined });
  const out = new ByteWriter();
  const level = levelOf(config, sender);
  const levelStep = createLevelStep(config, sender);
  const filterStep = createFilterStep(config, sender);
  const encryptStep = createEncryptStep(encoding);
  const head = { sender: name, output_type: sender.output_type };
  return (block, i) => {
    const steps = [levelStep?.(block, i)].filter((step) => step !== undefined);
    if (level !== undefined && !level.passes(block, i)) {
      return { ...head, gets: false, steps, stub: false, payload: null, bytes: null };
    }
    out.reset();
    const stub = encoder.encode(block, i, out);
    const bytes = out.length - 1;
    const payload = out.bytes.toString('utf8', 0, bytes);
    const more = [filterStep?.(block, i), encryptStep?.(out)].filter((step) => step !== undefined);
    return { ...head, gets: true, steps: [...steps, ...more], stub, payload, bytes };
  };
}

function createEncryptStep({ encryption }: EncoderOptions): ((line: ByteWriter) => SenderStep) | undefined {
  if (encryption === undefined) return undefined;
  const sealer = new Sealer(encryption);
  const { keyId: key_id } = encryption;
  return (line) => {
    sealer.seal(line, 0);
    return { step: 'encrypt', passes: true, algorithm: ALGORITHM, key_id, envelope_bytes: line.length - 1 };
  };
}

function createLevelStep(config: Config, sender: SenderConfig): Explain<SenderStep> | undefined {
  const { unit_log_level: list, extra_field_values } = sender;
  const rules = list === undefined ? undefined : config.unit_log_levels[list];
  if (list === undefined || rules === undefined) return undefined;
  const explain = explainUnitLogLevel(rules, config.unit_log_level_rule, extra_field_values);
  return (block, i) => {
    const { passes, rule: index, priority = null } = explain(block, i);
    const rule = rules[index];
    return {
      step: 'unit_log_level',
      passes,
      list,
      rule: rule === undefined ? null : index,
      service_glob: rule?.service_glob ?? null,
      log_level: rule?.log_level ?? null,
      priority,
    };
  };
}

function createFilterStep(config: Config, sender: SenderConfig): Explain<SenderStep> | undefined {
  const { field_filter: filter } = sender;
  const definition = filter === undefined ? undefined : config.field_filters[filter];
  if (filter === undefined || definition === undefined) return undefined;
  const keysOf = createFilteredKeys(encodingOf(config, sender));
  return (block, i) => ({ step: 'field_filter', passes: true, filter, type: definition.type, ...keysOf(block, i) });
}
