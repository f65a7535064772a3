import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdictOn } from './bulk-answer.ts';

for (const [status, type, reason, verdict] of [
  [201, '', '', 'stored'],
  [409, 'version_conflict_engine_exception', '[x]: version conflict, document already exists', 'stored'],
  [400, 'document_parsing_exception', '[1:2] failed to parse field [A] of type [long]', 'refused'],
  [400, 'mapper_parsing_exception', 'failed to parse field [A] of type [long]', 'refused'],
  [400, 'strict_dynamic_mapping_exception', 'mapping set to strict', 'refused'],
  [400, 'illegal_argument_exception', 'Document contains at least one immense term in field="A"', 'refused'],
  [400, 'illegal_argument_exception', 'Failed to build analyzers: [a]', 'doubtful'],
  [400, 'illegal_argument_exception', 'Limit of total fields [1000] has been exceeded', 'doubtful'],
  [400, 'illegal_argument_exception', 'pipeline with id [x] does not exist', 'blocked'],
  [400, 'validation_exception', 'this action would add [2] shards', 'blocked'],
  [403, 'cluster_block_exception', 'index read-only', 'blocked'],
  [403, 'security_exception', 'unauthorized', 'denied'],
  [404, 'index_not_found_exception', 'no such index', 'blocked'],
  [429, 'es_rejected_execution_exception', 'full', 'busy'],
  [503, 'unavailable_shards_exception', 'not active', 'blocked'],
] as const) {
  test(`${status} ${type} "${reason.slice(0, 30)}" means ${verdict}`, () => {
    assert.equal(verdictOn({ status, type, reason }), verdict);
  });
}
