/** Half of the systems, and rows of some; systems-run-odd.test.ts has the other half. */
import { describe, it } from 'vitest';
import { describeSystems } from '../support/describe-systems.ts';
import { expectTrained } from '../support/expect-trained.ts';

describeSystems(0);

describe.each([
  ['coop', 'class-specific'],
  ['coop', 'middle'],
  ['clip4clip', 'seqLSTM'],
  ['clip4clip', 'tight'],
  ['pointclip-few', 'one view'],
])('%s, row %s', (name, row) => {
  it('computes on every engine what the reference computes', async () => {
    await expectTrained(name, row);
  });
});
