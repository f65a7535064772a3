import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonWithout } from './reason.ts';

const payload = JSON.stringify({ MESSAGE: 'password is hunter2', N: { INNER: 'topsecret' }, LIST: ['first one'] });

for (const { type, reason, wanted } of [
  {
    type: 'document_parsing_exception',
    reason:
      "[1:9] failed to parse field [N.INNER] of type [long] in document with id 'x'. Preview of field's value: 'topsecret'",
    wanted: "document_parsing_exception: [1:9] failed to parse field [N.INNER] of type [long] in document with id '…'",
  },
  {
    type: 'illegal_argument_exception',
    reason: 'Provided Grok expressions do not match field value: [password is hunter2]',
    wanted: 'illegal_argument_exception: Provided Grok expressions',
  },
  {
    type: 'illegal_argument_exception',
    reason: 'Unable to find match for dissect pattern: %{a} against source: password is hunter2',
    wanted: 'illegal_argument_exception: Unable to find match for dissect pattern: %{a}',
  },
  {
    type: 'x',
    reason: 'cannot use password is hunter2 as [some Thing], "first one", [topsecret] or [first one]',
    wanted: 'x: cannot use … as […], "…", […] or […]',
  },
  {
    type: 'illegal_argument_exception',
    reason: 'Limit of total fields [1000] has been exceeded',
    wanted: 'illegal_argument_exception: Limit of total fields [1000] has been exceeded',
  },
  { type: 'y', reason: '', wanted: 'y' },
]) {
  test(`what a server quotes of the entry is left out: ${reason.slice(0, 40)}`, () => {
    assert.equal(reasonWithout(payload, type, reason), wanted);
  });
}
