import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from './counters.ts';

const stats = (status: string, counts: object, errors: string[] = []): object => ({
  status,
  errors,
  data: { records_ingested: 0, records_skipped: 0, records_failed: 0, ...counts },
});

const cases: [string, object | undefined, unknown][] = [
  ['all are stored', stats('done', { records_ingested: 5 }), { kind: 'stored' }],
  ['some were stored before', stats('done', { records_ingested: 2, records_skipped: 3 }), { kind: 'stored' }],
  ['nothing is counted yet', stats('ongoing', {}), undefined],
  ['done, and every document failed', stats('done', { records_failed: 5 }), { kind: 'failed', isDocuments: true }],
  ['done, and nothing was counted', stats('done', {}), { kind: 'failed', isDocuments: false }],
  ['done, and one is missing', stats('done', { records_ingested: 4 }), { kind: 'failed', isDocuments: false }],
  [
    'OpenSearch has refused some',
    stats('done', {}, ['failed=2, opensearch ingestion errors means GulpDocument contains invalid data']),
    { kind: 'failed', isDocuments: true },
  ],
  ['it was canceled', stats('canceled', {}), { kind: 'failed', isDocuments: false }],
  ['nonsense', { status: 'ongoing', data: 7 }, undefined],
];

for (const [title, given, wanted] of cases) {
  test(title, () => {
    const outcome = outcomeOf(given, 5);

    assert.deepEqual(outcome, wanted);
  });
}
