import type { Expression, Path } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';

/** No tower has more blocks. */
const most = 1000;

/** `image.blocks[10..11]` → `image.blocks.10`, `image.blocks.11`; `[-1]` stays `-1`, and `[4..]` is `4~-1`. */
export function expandPath(checker: Checker, path: Path): string[] | undefined {
  let expanded = [path.head.text];
  for (const step of path.steps) {
    if (step.kind === 'path-member') {
      expanded = expanded.map((prefix) => `${prefix}.${step.name.text}`);
      continue;
    }
    const indices: string[] = [];
    for (const item of step.items) {
      const { value } = item;
      const [from, to] = value.kind === 'range' ? [value.from, value.to] : [value, value];
      const [first, last] = [wholeNumber(from, 0), wholeNumber(to, -1)];
      const ordered = first !== undefined && last !== undefined && (first < 0 === last < 0 ? first <= last : last < 0);
      if (first === undefined || last === undefined || !ordered || Math.max(first, last) >= most)
        return checker.report.error('CX5006', item.span, 'blocks are counted from 0, or back from -1', {
          expected: '`blocks[3]`, `blocks[0..3]` or `blocks[-1]`',
        });
      // from one end to the other: how many there are, the encoder tells
      if (first >= 0 && last < 0) indices.push(`${first}~${last}`);
      else for (let index = first; index <= last; index++) indices.push(String(index));
    }
    expanded = expanded.flatMap((prefix) => indices.map((index) => `${prefix}.${index}`));
  }
  return expanded;
}

function wholeNumber(bound: Expression | undefined, otherwise: number): number | undefined {
  if (bound === undefined) return otherwise;
  const sign = bound.kind === 'unary' && bound.operator === '-' ? -1 : 1;
  const quantity = bound.kind === 'unary' ? bound.operand : bound;
  const value = quantity.kind === 'quantity' && quantity.unit === undefined ? sign * quantity.value : Number.NaN;
  return Number.isInteger(value) ? value : undefined;
}
