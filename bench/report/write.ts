import { shownResult } from '../support/results.ts';
import { writePage } from './page.ts';

// A part of `npm run docs`: makes docs/performance.md anew from the result that is there.

const result = await shownResult();
if (result !== undefined) await writePage(result);
