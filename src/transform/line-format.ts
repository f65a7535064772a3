import { createEcsLine } from './ecs.ts';
import type { EncoderOptions } from './encoder-options.ts';
import type { FieldFilter } from './field-filter.ts';
import type { LineFormatName } from './format.ts';
import type { LineFormat } from './line.ts';
import { createTemplateLine, createTextLine } from './text-line.ts';

/** Makes the lines of a format. */
export function createLineFormat(name: LineFormatName, options: EncoderOptions, filter: FieldFilter): LineFormat {
  if (name === 'ecs') return createEcsLine(options, filter);
  if (name === 'text') return createTextLine(options, filter);
  return createTemplateLine(options, filter);
}
