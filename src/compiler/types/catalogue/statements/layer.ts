import { type Construct } from '../construct.ts';

export const layer: Construct = {
  name: 'layer',
  doc: 'A layer inside of a module of one’s own; the flag of the instance governs.',
  source: '-',
  given: 'name = constructor',
  options: {},
  example: 'module block(a: axis) { layer Q = linear(a -> a)  forward(x) = Q(x) }',
};
