import type { Argument, Path } from './ast.ts';

/** `clip.image.blocks[10..11]` as text, in one spelling. Items are read as the numbers, names and ranges that a path holds. */
export function printPath({ head, steps }: Path): string {
  const printed = steps.map((step) =>
    step.kind === 'path-member' ? `.${step.name.text}` : `[${step.items.map(printItem).join(', ')}]`,
  );
  return `${head.text}${printed.join('')}`;
}

function printItem({ value }: Argument): string {
  switch (value.kind) {
    case 'quantity':
      return value.text;
    case 'reference':
      return value.name;
    case 'range':
      return `${value.from?.kind === 'quantity' ? value.from.text : ''}..${value.to?.kind === 'quantity' ? value.to.text : ''}`;
    default:
      return '…';
  }
}
