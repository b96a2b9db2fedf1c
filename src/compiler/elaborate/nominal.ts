import type { Typed } from '../check/typed.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Elaborator } from './elaborator.ts';
import { without, type Located } from './located.ts';

/**
 * A stand-in for what has no body yet: of the right shape, and reading all that the real value reads, so that binding times and reach of
 * gradients are told truly. It never runs: `reportUnbuilt` refuses such a program.
 */
export function nominal(elaborator: Elaborator, typed: Typed): Located {
  const { aligner, builder } = elaborator;
  const m = aligner.arithmetic;
  const { axes, element } = typed.type;
  let total: NodeId | undefined;
  for (const argument of typed.args) {
    const value = operand(elaborator, argument);
    if (value === undefined) continue;
    const gone = without(value.axes, ...axes).map((axis) => aligner.position(value, axis));
    const number = builder.add('cast', [value.node], { dtype: 'f32' });
    const kept = value.axes.filter((axis) => axes.some((each) => each.id === axis.id));
    const term = aligner.aligned({ node: m.sum(number, gone, false), axes: kept }, axes);
    total = total === undefined ? term : m.add(total, term);
  }
  const stream = typed.op === 'unbuilt' && elaborator.isTraining ? typed.attributes.options['draw'] : undefined;
  if (typeof stream === 'string') {
    // drawn anew at every step, and in its one form in an evaluation
    const draw = elaborator.input(
      `random ${stream}`,
      { kind: 'random', stream, distribution: { kind: 'normal' } },
      'f32',
      [],
    );
    const term = aligner.aligned({ node: draw, axes: [] }, axes);
    total = total === undefined ? term : m.add(total, term);
  }
  const shape = aligner.extents(axes);
  const whole = builder.add('broadcast', [total ?? m.number(0)], { shape });
  return {
    node: element === 'f32' ? whole : builder.add('cast', [whole], { dtype: element === 'text' ? 'i32' : element }),
    axes,
  };
}

/** Text has no value outside a text tower: what it depends on is what counts here. */
function operand(elaborator: Elaborator, argument: Typed): Located | undefined {
  if (argument.type.element !== 'text') return elaborator.value(argument);
  if (argument.op !== 'column') return argument.op === 'prompt' ? undefined : nominal(elaborator, argument);
  const { column } = argument.attributes;
  const source = { kind: 'column', column, part: 'ids' } as const;
  const { axes } = argument.type;
  return { node: elaborator.input(`column ${column} of any`, source, 'i32', elaborator.aligner.extents(axes)), axes };
}
