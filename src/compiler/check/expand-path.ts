import type { Path } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';

/** No tower has more blocks. */
const most = 1000;

/** `image.blocks[10..11]` → `image.blocks.10`, `image.blocks.11`. */
export function expandPath(checker: Checker, path: Path): string[] | undefined {
  let expanded = [path.head.text];
  for (const step of path.steps) {
    if (step.kind === 'path-member') {
      expanded = expanded.map((prefix) => `${prefix}.${step.name.text}`);
      continue;
    }
    const indices: number[] = [];
    for (const item of step.items) {
      const { value } = item;
      const [from, to] = value.kind === 'range' ? [value.from, value.to] : [value, value];
      const bounds = [from, to].map((bound) => (bound?.kind === 'quantity' ? bound.value : Number.NaN));
      const [first = Number.NaN, last = Number.NaN] = bounds;
      if (!bounds.every((bound) => Number.isInteger(bound) && bound < most) || last < first)
        return checker.report.error('CX5006', item.span, 'blocks are counted from 0', {
          expected: '`blocks[3]` or `blocks[0..3]`',
        });
      for (let index = first; index <= last; index++) indices.push(index);
    }
    expanded = expanded.flatMap((prefix) => indices.map((index) => `${prefix}.${index}`));
  }
  return expanded;
}
