import type { Instance } from '../check/typed.ts';
import { invariant } from '../common/invariant.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Elaborator } from './elaborator.ts';
import { towerOutputWidth } from './layers/image-tower.ts';
import { linear } from './layers/linear.ts';

/** `to: axis`: a linear projection where the tower's width is another size. */
export function projectTo(elaborator: Elaborator, instance: Instance, features: NodeId): NodeId {
  const { shape } = instance;
  invariant(shape.kind === 'encoder', 'an encoder');
  if (shape.to === undefined) return features;
  const output = elaborator.aligner.extent(shape.to);
  if (output === towerOutputWidth(shape.config)) return features;
  return linear(elaborator.context(instance.name), 'projection', features, { output, bias: true });
}
