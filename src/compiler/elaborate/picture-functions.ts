/** Functions of pictures: the IR takes them as [picture, height, width, channel]. */
import type { Typed, TypedAttributes } from '../check/typed.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import type { Elaborator } from './elaborator.ts';
import { without, type Located } from './located.ts';

/** All other axes count pictures, but for a `channel`, which stays the last. */
function picturewise(
  elaborator: Elaborator,
  typed: Typed,
  { height, width, as }: { readonly height: Axis; readonly width: Axis; readonly as: readonly [Axis, Axis] },
  change: (pictures: NodeId) => NodeId,
): Located {
  const { aligner } = elaborator;
  const value = elaborator.argument(typed, 0);
  const channels = value.axes.filter((axis) => axis.name === 'channel').slice(0, 1);
  const rest = without(value.axes, height, width, ...channels);
  const ordered = aligner.ordered(value, [...rest, height, width, ...channels]);
  const product = (axes: readonly Axis[]): number => aligner.extents(axes).reduce((total, size) => total * size, 1);
  const shape = [product(rest), aligner.extent(height), aligner.extent(width), product(channels)];
  const axes = [...rest, ...as, ...channels];
  return { node: aligner.reshaped(change(aligner.reshaped(ordered.node, shape)), aligner.extents(axes)), axes };
}

export function resize(elaborator: Elaborator, typed: Typed, attributes: TypedAttributes['resize']): Located {
  const [tall, wide] = attributes.as.map((axis) => elaborator.aligner.extent(axis));
  return picturewise(elaborator, typed, attributes, (pictures) =>
    elaborator.builder.add('resize', [pictures], { height: tall ?? 1, width: wide ?? 1, method: attributes.method }),
  );
}

export function pool(elaborator: Elaborator, typed: Typed, attributes: TypedAttributes['pool']): Located {
  const { kind, window, stride, padding } = attributes;
  return picturewise(elaborator, typed, attributes, (pictures) =>
    elaborator.builder.add(kind === 'max' ? 'max_pool' : 'avg_pool', [pictures], { window, stride, padding }),
  );
}
