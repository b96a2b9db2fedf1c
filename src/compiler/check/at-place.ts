import { node } from './build.ts';
import type { Instance, Typed, TypedAttributes } from './typed.ts';
import type { LayerName } from '../types/catalogue/layers.ts';
import type { Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';

/** Layers that compute each place by itself, whatever other places there are. */
const placewise: ReadonlySet<LayerName> = new Set<LayerName>(['linear', 'mlp', 'layer_norm', 'embedding', 'dropout']);

/**
 * The value at one place of an axis, `at` a whole number that only a run tells. What each place computes by itself is computed there alone:
 * scores of thousands of pieces for one word instead of all.
 */
export function atPlace(
  value: Typed,
  axis: Axis,
  at: Typed,
  instanceOf: (owner: string) => Instance | undefined,
): Typed {
  const known = new Map<string, Typed>();
  const names = new Map<Typed, number>();
  const rewritten = (typed: Typed, place: Axis): Typed => {
    if (!hasAxis(typed.type, place.id)) return typed;
    const id = names.get(typed) ?? names.size;
    names.set(typed, id);
    const key = `${id} ${place.id}`;
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const made = inside(typed, place) ?? picked(typed, place);
    known.set(key, made);
    return made;
  };
  const without = (typed: Typed, place: Axis): Typed['type'] => ({ ...typed.type, axes: typed.type.axes.filter(({ id }) => id !== place.id) }); // prettier-ignore
  const picked = (typed: Typed, place: Axis): Typed =>
    node('gather', [typed, at], { axis: place }, without(typed, place), typed.span);
  const inside = (typed: Typed, place: Axis): Typed | undefined => {
    if (typed.op === 'rename') {
      const from = typed.attributes.pairs.find(({ to }) => to.id === place.id)?.from ?? place;
      const [operand] = typed.args;
      // a name that another axis had before is another place there
      if (operand === undefined || !hasAxis(operand.type, from.id)) return undefined;
      const pairs = typed.attributes.pairs.filter(({ to }) => to.id !== place.id);
      return node('rename', [rewritten(operand, from)], { pairs }, without(typed, place), typed.span);
    }
    if (!computesPlaces(typed, place, instanceOf)) return undefined;
    const { mask: _mask, ...rest } = typed;
    const attributes: TypedAttributes[Typed['op']] = typed.op === 'expand' ? { like: typed.attributes.like.filter(({ id }) => id !== place.id) } : typed.attributes; // prettier-ignore
    return { ...rest, attributes, args: typed.args.map((argument) => rewritten(argument, place)), type: without(typed, place) } as Typed; // prettier-ignore
  };
  return rewritten(value, axis);
}

/** Whether an entry of the value depends on entries of its operands at the same place alone. */
function computesPlaces(typed: Typed, place: Axis, instanceOf: (owner: string) => Instance | undefined): boolean {
  switch (typed.op) {
    case 'one':
    case 'two':
    case 'where':
    case 'cast':
    case 'stop':
    case 'expand':
      return true;
    case 'normalize':
    case 'dot':
    case 'softmax':
      return typed.attributes.axis.id !== place.id;
    case 'reduce':
      return typed.attributes.over.every(({ id }) => id !== place.id);
    case 'call': {
      const { owner, part, axes = {} } = typed.attributes;
      const instance = instanceOf(owner);
      const shape = part === undefined ? instance?.shape : instance?.parts?.[part]?.shape;
      if (shape?.kind === 'linear' || shape?.kind === 'mlp') return shape.from.id !== place.id && shape.to.id !== place.id; // prettier-ignore
      const own = Object.values(axes).some(({ id }) => id === place.id);
      return shape?.kind === 'layer' && placewise.has(shape.layer) && !own;
    }
    default:
      return false;
  }
}
