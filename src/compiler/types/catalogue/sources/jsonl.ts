import type { Construct } from '../construct.ts';
import { onBad } from './shared.ts';

export const jsonl: Construct = {
  name: 'jsonl',
  doc: 'Records, one a line.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: onBad,
  },
  example: 'jsonl("a.jsonl")',
};
