import { field, value, type Construct } from '../construct.ts';

export const vocabulary: Construct = {
  name: 'vocabulary',
  doc: 'An item axis whose entries have words.',
  source: '-',
  given: 'name = [words] or { group: [words] }',
  options: {
    from: field(
      'words of a column of data, a table, a file or a range',
      value('data.column, csv(…), a path or a range'),
    ),
    first: field('a group: a share of the entries', value('share')),
    rest: field('a group: what no other one has', value('word')),
  },
  example: 'vocabulary mood { good: ["happy", "calm"]  bad: ["sad"] }',
};
