import { hostname } from 'node:os';
import type { Client } from './client.ts';
import { fieldsOf } from './answer.ts';
import { createDocuments, normalId } from './document.ts';
import type { GulpOptions } from './options.ts';
import type { ShippingOptions } from './shipment.ts';
import type { PostSlots } from './post-slots.ts';

/** How entries go to an operation; `pluginParams` as Gulp sent them with the task. */
export function shippingOf(
  options: GulpOptions,
  tools: { readonly client: Client; readonly slots: PostSlots },
  { operationId, pluginParams }: { readonly operationId: string; readonly pluginParams?: unknown },
): ShippingOptions {
  const id = normalId(operationId);
  return {
    ...tools,
    operationId: id,
    parameters: JSON.stringify({ flt: {}, plugin_params: forwarded(pluginParams) }),
    toDocument: createDocuments({
      operationId: id,
      contextId: options.gulp_context_id ?? hostname(),
      sourceId: options.source_id,
      sendsUnmapped: options.gulp_unmapped,
    }),
    batchSize: options.batch_size,
    verifies: options.verify === 'counters',
    verifyTimeoutMs: options.verify_timeout * 1000,
  };
}

/** Only mappings that somebody gave are of use to the server's plugin; all else may make it fail. */
function forwarded(pluginParams: unknown): object {
  const { mapping_parameters: mapping } = fieldsOf(pluginParams);
  const isGiven = Object.values(fieldsOf(mapping)).some(
    (value) => value !== null && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  return isGiven ? { ...fieldsOf(pluginParams), custom_parameters: {} } : {};
}
