import { extent, type Axis, type SizeEnvironment } from '../../types/axis.ts';
import type { ElementwiseOne, ElementwiseTwo, Typed } from '../typed.ts';

/** Entries along axes, by the id of the axis; of an axis that is not in it, all. */
export type Places = ReadonlyMap<string, number>;

/** Entries of a value that another one reads. */
export interface Read {
  readonly from: Typed;
  readonly at: Places;
}

/** The number of entries, where the file says it. */
export const sizeOfAxis = ({ size }: Axis): number | undefined => (size.kind === 'known' ? size.value : undefined);

/** The places that the value has. */
export function within(typed: Typed, at: Places): Places {
  const kept = [...at].filter(([id]) => typed.type.axes.some((axis) => axis.id === id));
  return kept.length === at.size ? at : new Map(kept);
}

/** Without some axes, and with a place along others. */
export function replaced(at: Places, gone: readonly Axis[], fresh: readonly (readonly [Axis, number | undefined])[] = []): Places {
  const kept = [...at].filter(([id]) => !gone.some((axis) => axis.id === id));
  return new Map([...kept, ...fresh.flatMap(([axis, place]) => (place === undefined ? [] : [[axis.id, place] as const]))]);
} // prettier-ignore

/**
 * Ops that put entries elsewhere and compute nothing: which entry of which operand stands at a place. `several` where the place is not said;
 * undefined for every other op.
 */
export function movedRead(typed: Typed, at: Places): Read | 'several' | undefined {
  const [first] = typed.args;
  if (first === undefined) return undefined;
  const read = (from: Typed, places: Places): Read => ({ from, at: within(from, places) });
  switch (typed.op) {
    case 'rename': {
      const { pairs } = typed.attributes;
      return read(first, replaced(at, pairs.map(({ to }) => to), pairs.map(({ from, to }) => [from, at.get(to.id)] as const))); // prettier-ignore
    }
    case 'entry': {
      const { axis, at: place } = typed.attributes;
      return read(first, replaced(at, [], [[axis, fromEnd(axis, place)]]));
    }
    case 'slice': {
      const { axis, from, as } = typed.attributes;
      const [place, start] = [at.get(as.id), fromEnd(axis, from)];
      if (place === undefined || start === undefined) return 'several';
      return read(first, replaced(at, [as], [[axis, start + place]]));
    }
    case 'gather': {
      const { axis } = typed.attributes;
      const [, index] = typed.args;
      const place = index === undefined ? undefined : constantEntry(index, within(index, at));
      return place === undefined ? undefined : read(first, replaced(at, [], [[axis, place]]));
    }
    case 'stack': {
      const { as } = typed.attributes;
      const part = typed.args[at.get(as.id) ?? -1];
      return part === undefined ? 'several' : read(part, replaced(at, [as]));
    }
    case 'concat': {
      const { along, as } = typed.attributes;
      let place = at.get(as.id);
      if (place === undefined) return 'several';
      for (const [position, part] of typed.args.entries()) {
        const axis = along[position];
        const size = axis === undefined ? undefined : sizeOfAxis(axis);
        if (axis === undefined || size === undefined) return 'several';
        if (place < size) return read(part, replaced(at, [as], [[axis, place]]));
        place -= size;
      }
      return 'several';
    }
    case 'merge': {
      const { axes, as } = typed.attributes;
      let rest = at.get(as.id);
      const places: [Axis, number][] = [];
      for (const axis of [...axes].reverse()) {
        const size = sizeOfAxis(axis);
        if (rest === undefined || size === undefined) return 'several';
        places.push([axis, rest % size]);
        rest = Math.floor(rest / size);
      }
      return read(first, replaced(at, [as], places));
    }
    case 'split': {
      const { axis, as } = typed.attributes;
      let place = 0;
      for (const part of as) {
        const [own, size] = [at.get(part.id), sizeOfAxis(part)];
        if (own === undefined || size === undefined) return 'several';
        place = place * size + own;
      }
      return read(first, replaced(at, as, [[axis, place]]));
    }
    default:
      return undefined;
  }
}

function fromEnd(axis: Axis, place: number): number | undefined {
  const size = sizeOfAxis(axis);
  return place >= 0 ? place : size === undefined ? undefined : size + place;
}

// ── entries that the file decides ────────────────────────────────────

/** A size that no file says: such an entry is not known. */
const unknown: SizeEnvironment = { batch: Number.NaN, vocabularies: new Map() };

/**
 * One entry of a value that the file alone decides, as who sees whom is: `index(key) <= index(slot)`. Undefined where a sample, a parameter or
 * an entry that `at` does not name decides it.
 */
export function constantEntry(typed: Typed, at: Places): number | undefined {
  const of = (argument: Typed | undefined): number | undefined =>
    argument === undefined ? undefined : constantEntry(argument, at);
  const [first, second, third] = typed.args;
  switch (typed.op) {
    case 'number':
      return typed.attributes.value;
    case 'size': {
      const size = extent(typed.attributes.size, unknown);
      return Number.isFinite(size) && size > 0 ? size : undefined;
    }
    case 'index':
      return at.get(typed.attributes.axis.id);
    case 'vector': {
      const [axis] = typed.type.axes;
      const place = axis === undefined ? undefined : at.get(axis.id);
      return place === undefined ? undefined : typed.attributes.values[place];
    }
    case 'expand':
    case 'stop':
      return of(first);
    case 'cast': {
      const value = of(first);
      if (value === undefined) return undefined;
      return typed.attributes.to === 'bool' ? Number(value !== 0) : typed.attributes.to === 'i32' ? Math.trunc(value) : value; // prettier-ignore
    }
    case 'one': {
      const value = of(first);
      return value === undefined ? undefined : ones[typed.attributes.op]?.(value);
    }
    case 'two': {
      const [left, right] = [of(first), of(second)];
      // one side may decide it alone
      const { op } = typed.attributes;
      if (op === 'and' && (left === 0 || right === 0)) return 0;
      if (op === 'or' && ((left ?? 0) !== 0 || (right ?? 0) !== 0)) return 1;
      if (op === 'mul' && (left === 0 || right === 0)) return 0;
      return left === undefined || right === undefined ? undefined : twos[op]?.(left, right);
    }
    case 'softmax': {
      // what takes no part has no share
      const [, mask] = typed.args;
      return !typed.attributes.log && of(mask) === 0 ? 0 : undefined;
    }
    case 'where': {
      const holds = of(first);
      if (holds !== undefined) return of(holds !== 0 ? second : third);
      const [one, other] = [of(second), of(third)];
      return one === other ? one : undefined;
    }
    default: {
      const read = movedRead(typed, at);
      return read === undefined || read === 'several' ? undefined : constantEntry(read.from, read.at);
    }
  }
}

const ones: Partial<Record<ElementwiseOne, (x: number) => number>> = {
  neg: (x) => -x, abs: Math.abs, sign: Math.sign, floor: Math.floor, ceil: Math.ceil, round: Math.round, relu: (x) => Math.max(x, 0),
  not: (x) => Number(x === 0),
}; // prettier-ignore

const truth = (holds: boolean): number => (holds ? 1 : 0);

const twos: Partial<Record<ElementwiseTwo, (a: number, b: number) => number>> = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, max: Math.max, min: Math.min,
  eq: (a, b) => truth(a === b), ne: (a, b) => truth(a !== b), lt: (a, b) => truth(a < b), le: (a, b) => truth(a <= b),
  gt: (a, b) => truth(a > b), ge: (a, b) => truth(a >= b), and: (a, b) => truth(a !== 0 && b !== 0), or: (a, b) => truth(a !== 0 || b !== 0),
}; // prettier-ignore
