import type { CallAttributes, InstanceShape, Typed } from '../check/typed.ts';
import { InternalError } from '../common/invariant.ts';
import type { Elaborator } from './elaborator.ts';
import type { Located } from './located.ts';

type LayerShape = Extract<InstanceShape, { kind: 'layer' }>;

/** A layer of the catalogue applied to its operands. */
export function applyLayer(
  _elaborator: Elaborator,
  _typed: Typed,
  { owner, part }: CallAttributes,
  shape: LayerShape,
  _path: string,
): Located {
  throw new InternalError(`the layer ${shape.layer} of ${owner}.${part ?? ''} has no body`);
}
