import { elementCount } from '../types/dtype.ts';
import type { Typed } from '../check/typed.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import type { Elaborator } from './elaborator.ts';
import { without } from './located.ts';

/** Images as a tower takes them: `[n, height, width, 3]`, one for each combination of the entries of `lead`. */
export interface Pictures {
  readonly node: NodeId;
  readonly lead: readonly Axis[];
}

/** A column stays bytes; what is computed is f32 in 0..1. */
export function pictures(elaborator: Elaborator, operand: Typed): Pictures {
  const { aligner } = elaborator;
  const named = (name: string): Axis[] => operand.type.axes.filter((axis) => axis.name === name);
  const own = ['height', 'width', 'channel'].flatMap(named);
  const lead = without(operand.type.axes, ...own);
  const shape = [elementCount(aligner.extents(lead)), ...aligner.extents(own)];
  if (operand.op === 'column') {
    const { column, part } = operand.attributes;
    const source = { kind: 'column', column, part } as const;
    const key = part === 'value' ? `column ${column}` : `column ${column}.${part}`;
    const bytes = elaborator.input(key, source, 'u8', aligner.extents(operand.type.axes));
    return { node: aligner.reshaped(bytes, shape), lead };
  }
  const value = aligner.expanded(elaborator.value(operand), [...lead, ...own]);
  return { node: aligner.reshaped(value, shape), lead };
}
