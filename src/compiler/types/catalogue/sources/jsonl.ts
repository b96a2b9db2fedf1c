import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

export const jsonl: Construct = {
  name: 'jsonl',
  doc: 'Records, one a line.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: field('whether a file that cannot be read ends the run or is left out', word(['error', 'skip'], 'error')),
  },
  example: 'jsonl("a.jsonl")',
};
