import { field, value } from '../construct.ts';
import type { StartSignature } from './start.ts';

export const run: StartSignature = {
  name: 'run',
  doc: 'As a finished run of another experiment left it.',
  source: '-',
  given: '"experiment or folder"',
  options: {
    row: field('which row of it', value('string', 'full'), {}),
    seed: field('which seed of it', value('whole number'), { follows: 'the first' }),
  },
  example: 'run("pretrain", row: "no L_d", seed: 2)',
};
