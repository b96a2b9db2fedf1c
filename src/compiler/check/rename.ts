import type { Span } from '../source/span.ts';
import type { Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { node, orderAxes } from './build.ts';
import type { Typed } from './typed.ts';

/** `x[batch as other]`: the same numbers along another axis; the mask goes along. */
export function rename(typed: Typed, pairs: readonly { readonly from: Axis; readonly to: Axis }[], span: Span): Typed {
  const axes = typed.type.axes.map((axis) => pairs.find((pair) => pair.from.id === axis.id)?.to ?? axis);
  const mask =
    typed.mask === undefined
      ? undefined
      : rename(
          typed.mask,
          pairs.filter((pair) => hasAxis(typed.mask?.type ?? typed.type, pair.from.id)),
          span,
        );
  const indexes = typed.type.indexes === undefined ? {} : { indexes: typed.type.indexes };
  return node(
    'rename',
    [typed],
    { pairs },
    { element: typed.type.element, axes: orderAxes(axes), ...indexes },
    span,
    mask,
  );
}
