/** Half of the systems, and rows of some; systems-run-odd.test.ts has the other half. */
import { describeSystems } from '../support/describe-systems.ts';

describeSystems(0, [
  ['coop', 'class-specific'],
  ['coop', 'middle'],
  ['clip4clip', 'seqLSTM'],
  ['clip4clip', 'tight'],
  ['pointclip-few', 'one view'],
]);
