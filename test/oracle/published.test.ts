import { describe, it } from 'vitest';
import { columns } from './support/columns.ts';
import { publishedCases } from './support/published.ts';

describe.each(columns.map((column) => [column.name, column] as const))('on %s, features of', (_name, column) => {
  it.skipIf(column.isSkipped).each(publishedCases)('$name', ({ run }) => run(column));
});
