/**
 * Tensors by axis names and nothing else, computed by loops over names: a second meaning of the language, written from its page and
 * slow on purpose. Entries that the page leaves open (what a mask hides, the mean of nothing) are NaN, and so is what reads them.
 */

export interface NamedAxis {
  readonly name: string;
  readonly size: number;
  readonly feature: boolean;
}

export type Place = Readonly<Record<string, number>>;

export interface NamedTensor {
  readonly axes: readonly NamedAxis[];
  readonly at: (place: Place) => number;
  /** Which entries are there; all where absent. Its axes are among those of the tensor. */
  readonly mask?: NamedTensor;
}

/** Every place of these axes, the last axis fastest. */
export function places(axes: readonly NamedAxis[]): Place[] {
  let all: Place[] = [{}];
  for (const axis of axes)
    all = all.flatMap((place) => Array.from({ length: axis.size }, (_, at) => ({ ...place, [axis.name]: at })));
  return all;
}

const without = (axes: readonly NamedAxis[], ...names: readonly string[]): NamedAxis[] =>
  axes.filter((axis) => !names.includes(axis.name));

export const hasAxis = (tensor: NamedTensor, name: string): boolean => tensor.axes.some((axis) => axis.name === name);

export const union = (...lists: readonly (readonly NamedAxis[])[]): NamedAxis[] =>
  lists.flat().filter((axis, at, all) => all.findIndex((other) => other.name === axis.name) === at);

/** Works out every entry once. */
export function tensor(axes: readonly NamedAxis[], at: (place: Place) => number, mask?: NamedTensor): NamedTensor {
  const key = (place: Place): string => axes.map((axis) => place[axis.name]).join();
  const known = new Map(places(axes).map((place) => [key(place), at(place)]));
  return { axes, at: (place) => known.get(key(place)) ?? Number.NaN, ...(mask === undefined ? {} : { mask }) };
}

const isReal = (value: NamedTensor, place: Place): boolean => value.mask === undefined || value.mask.at(place) === 1;

/** The entry, NaN where it is not there. */
const read = (value: NamedTensor, place: Place): number => (isReal(value, place) ? value.at(place) : Number.NaN);

/** Where all of them say that something is; of one it is that one, for whether parts share their mask is asked later. */
function both(...masks: readonly (NamedTensor | undefined)[]): NamedTensor | undefined {
  const present = [...new Set(masks.filter((mask) => mask !== undefined))];
  if (present.length <= 1) return present[0];
  return tensor(union(...present.map((mask) => mask.axes)), (place) =>
    present.every((mask) => mask.at(place) === 1) ? 1 : 0,
  );
}

/** One operation on aligned entries. */
export function elementwise(
  operation: (...values: readonly number[]) => number,
  ...operands: readonly NamedTensor[]
): NamedTensor {
  const mask = both(...operands.map((operand) => operand.mask));
  return tensor(
    union(...operands.map((operand) => operand.axes)),
    (place) => {
      const values = operands.map((operand) => read(operand, place));
      return values.some(Number.isNaN) ? Number.NaN : operation(...values);
    },
    mask,
  );
}

export type Reduction =
  'sum' | 'mean' | 'max' | 'min' | 'prod' | 'var' | 'any' | 'all' | 'logsumexp' | 'argmax' | 'argmin';

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: readonly number[]): number => total(values) / values.length;

/** Of the entries that are there, in order; the mean of none is open. */
const reductions: Readonly<Record<Exclude<Reduction, 'argmax' | 'argmin'>, (values: readonly number[]) => number>> = {
  sum: total,
  mean,
  max: (values) => (values.length === 0 ? Number.NaN : Math.max(...values)),
  min: (values) => (values.length === 0 ? Number.NaN : Math.min(...values)),
  prod: (values) => values.reduce((product, value) => product * value, 1),
  var: (values) => mean(values.map((value) => (value - mean(values)) ** 2)),
  any: (values) => (values.some((value) => value !== 0) ? 1 : 0),
  all: (values) => (values.every((value) => value !== 0) ? 1 : 0),
  logsumexp: (values) => (values.length === 0 ? Number.NaN : Math.log(total(values.map(Math.exp)))),
};
const ofNothing: ReadonlySet<Reduction> = new Set<Reduction>(['sum', 'prod', 'any', 'all']);

export function reduce(
  reduction: Reduction,
  value: NamedTensor,
  over: readonly string[],
  where?: NamedTensor,
): NamedTensor {
  const mask = both(value.mask, where);
  const all = union(value.axes, mask?.axes ?? []);
  const inner = all.filter((axis) => over.includes(axis.name));
  const outer = without(all, ...over);
  const at = (place: Place): number => {
    const there = places(inner)
      .map((inside) => ({ ...place, ...inside }))
      .filter((whole) => mask === undefined || mask.at(whole) === 1);
    const values = there.map((whole) => value.at(whole));
    if (values.some(Number.isNaN)) return Number.NaN;
    if (reduction !== 'argmax' && reduction !== 'argmin') return reductions[reduction](values);
    const best = reduction === 'argmax' ? Math.max(...values) : Math.min(...values);
    return values.length === 0 ? Number.NaN : (there[values.indexOf(best)]?.[over[0] ?? ''] ?? Number.NaN);
  };
  return tensor(outer, at, reducedMask(reduction, mask, over));
}

/** An entry is there if something took part in it; reductions that have a value of nothing are always there. */
function reducedMask(
  reduction: Reduction,
  mask: NamedTensor | undefined,
  over: readonly string[],
): NamedTensor | undefined {
  if (mask === undefined || !over.some((name) => hasAxis(mask, name))) return mask;
  const rest = without(mask.axes, ...over);
  if (ofNothing.has(reduction) || rest.length === 0) return undefined;
  const gone = mask.axes.filter((axis) => over.includes(axis.name));
  return tensor(rest, (place) => (places(gone).some((inside) => mask.at({ ...place, ...inside }) === 1) ? 1 : 0));
}

/** Shares of what takes part; the rest is open under a mask and 0 under a condition. */
export function softmax(value: NamedTensor, over: string, log: boolean, where?: NamedTensor): NamedTensor {
  const mask = both(value.mask, where);
  const axes = union(value.axes, mask?.axes ?? []);
  const inner = axes.filter((axis) => axis.name === over);
  const at = (place: Place): number => {
    const takes = (whole: Place): boolean => mask === undefined || mask.at(whole) === 1;
    if (!takes(place)) return 0;
    const others = places(inner).map((inside) => ({ ...place, ...inside })).filter(takes).map((whole) => value.at(whole)); // prettier-ignore
    const share = value.at(place) - Math.log(total(others.map(Math.exp)));
    return log ? share : Math.exp(share);
  };
  return tensor(axes, at, value.mask);
}

export function dot(a: NamedTensor, b: NamedTensor, along: string): NamedTensor {
  const joint = both(a.mask, b.mask);
  const product = tensor(union(a.axes, b.axes), (place) => {
    if (joint !== undefined && hasAxis(joint, along) && joint.at(place) !== 1) return 0;
    return a.at(place) * b.at(place);
  });
  const summed = reduce('sum', product, [along]);
  const mask = joint === undefined ? undefined : reducedMask('mean', joint, [along]);
  return { ...summed, ...(mask === undefined ? {} : { mask }) };
}

export function normalize(value: NamedTensor, along: string): NamedTensor {
  const clean = (place: Place): number =>
    value.mask !== undefined && hasAxis(value.mask, along) && value.mask.at(place) !== 1 ? 0 : value.at(place);
  const inner = value.axes.filter((axis) => axis.name === along);
  const at = (place: Place): number => {
    const squares = places(inner).map((inside) => clean({ ...place, ...inside }) ** 2);
    return clean(place) / Math.max(Math.sqrt(total(squares)), 1e-12);
  };
  return tensor(value.axes, at, value.mask);
}

/** Looks an entry up at another place. The mask goes along, if it has one of the axes that are touched. */
function moved(
  value: NamedTensor,
  touched: readonly string[],
  change: (axes: readonly NamedAxis[]) => readonly NamedAxis[],
  from: (place: Place) => Place,
): NamedTensor {
  const { mask } = value;
  const look = (whole: NamedTensor): NamedTensor => tensor(change(whole.axes), (place) => whole.at(from(place)));
  if (mask === undefined) return look(value);
  return { ...look(value), mask: touched.some((name) => hasAxis(mask, name)) ? look(mask) : mask };
}

export function rename(value: NamedTensor, names: Readonly<Record<string, string>>): NamedTensor {
  const back = Object.fromEntries(Object.entries(names).map(([from, to]) => [to, from]));
  const from = (place: Place): Place =>
    Object.fromEntries(Object.entries(place).map(([name, at]) => [back[name] ?? name, at]));
  const change = (axes: readonly NamedAxis[]): NamedAxis[] =>
    axes.map((axis) => ({ ...axis, name: names[axis.name] ?? axis.name }));
  return moved(value, Object.keys(names), change, from);
}

export function entry(value: NamedTensor, axis: string, at: number): NamedTensor {
  const size = value.axes.find((each) => each.name === axis)?.size ?? 0;
  const from = (place: Place): Place => ({ ...place, [axis]: at < 0 ? size + at : at });
  return moved(value, [axis], (axes) => without(axes, axis), from);
}

export function slice(value: NamedTensor, axis: string, start: number, size: number, as: string): NamedTensor {
  const change = (axes: readonly NamedAxis[]): NamedAxis[] =>
    axes.map((each) => (each.name === axis ? { ...each, name: as, size } : each));
  return moved(value, [axis], change, ({ [as]: at = 0, ...place }) => ({ ...place, [axis]: start + at }));
}

/** `x[axis: index]`; axes that both have align. */
export function gather(value: NamedTensor, axis: string, index: NamedTensor): NamedTensor {
  const rest = without(value.axes, axis);
  const axes = union(rest, index.axes);
  const picked = tensor(axes, (place) => {
    const at = read(index, place);
    return Number.isNaN(at) ? Number.NaN : value.at({ ...place, [axis]: at });
  });
  const { mask } = value;
  const own =
    mask === undefined
      ? undefined
      : !hasAxis(mask, axis)
        ? mask
        : tensor(union(without(mask.axes, axis), index.axes), (place) => {
            const at = index.at(place);
            return mask.at({ ...place, [axis]: Number.isNaN(at) ? 0 : at });
          });
  const joint = both(own, index.mask);
  return { ...picked, ...(joint === undefined ? {} : { mask: joint }) };
}

export function upper(value: NamedTensor, first: string, second: string, as: string): NamedTensor {
  const size = value.axes.find((axis) => axis.name === first)?.size ?? 0;
  const pairs: [number, number][] = [];
  for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) pairs.push([i, j]);
  const change = (axes: readonly NamedAxis[]): NamedAxis[] => [
    ...without(axes, first, second),
    { name: as, size: pairs.length, feature: false },
  ];
  return moved(value, [first, second], change, ({ [as]: at = 0, ...place }) => {
    const [i = 0, j = 0] = pairs[at] ?? [];
    return { ...place, [first]: i, [second]: j };
  });
}

/** Places of the `count` largest, largest first; of equal ones the first. What a mask hides comes last. */
export function topPlaces(value: NamedTensor, axis: string, count: number, as: string): NamedTensor {
  const along = value.axes.filter((each) => each.name === axis);
  const axes = value.axes.map((each) => (each.name === axis ? { name: as, size: count, feature: false } : each));
  return tensor(axes, ({ [as]: rank = 0, ...place }) => {
    const candidates = places(along).map((inside) => {
      const whole = { ...place, ...inside };
      return { at: inside[axis] ?? 0, value: isReal(value, whole) ? value.at(whole) : Number.NEGATIVE_INFINITY };
    });
    if (candidates.some((candidate) => Number.isNaN(candidate.value))) return Number.NaN;
    return candidates.sort((a, b) => b.value - a.value || a.at - b.at)[rank]?.at ?? Number.NaN;
  });
}

/**
 * The mask of parts side by side, with the axes of theirs and the new one. Where all have one mask it stays as it is: `sum(stack(a, b) as part, over: part)` is `a + b`, of which
 * nothing is there where nothing of `a` and `b` is, and not the 0 of an empty sum.
 */
function joinedMask(parts: readonly NamedTensor[], along: string, join: () => NamedTensor): NamedTensor | undefined {
  const shared = parts[0]?.mask;
  if (parts.every((part) => part.mask === shared) && !(shared !== undefined && hasAxis(shared, along))) return shared;
  return join();
}

export function stack(parts: readonly NamedTensor[], as: string): NamedTensor {
  const axes = union(...parts.map((part) => part.axes), [{ name: as, size: parts.length, feature: false }]);
  const part = (place: Place): NamedTensor => parts[place[as] ?? 0] ?? scalar(Number.NaN);
  const masks = union(...parts.map((each) => each.mask?.axes ?? []), axes.slice(-1));
  const mask = joinedMask(parts, as, () => tensor(masks, (place) => (isReal(part(place), place) ? 1 : 0)));
  return tensor(axes, (place) => part(place).at(place), mask);
}

/** A part without the axis is one slice of it. */
export function concat(parts: readonly NamedTensor[], along: string, as: string): NamedTensor {
  const axis = union(...parts.map((part) => part.axes)).find((each) => each.name === along);
  const sizes = parts.map((part) => part.axes.find((each) => each.name === along)?.size ?? 1);
  const axes = [
    ...without(union(...parts.map((part) => part.axes)), along),
    { name: as, size: total(sizes), feature: axis?.feature ?? false },
  ];
  const find = ({ [as]: at = 0, ...place }: Place): { part: NamedTensor; place: Place } => {
    let from = 0;
    for (const [position, part] of parts.entries()) {
      const size = sizes[position] ?? 0;
      if (at < from + size) return { part, place: { ...place, [along]: at - from } };
      from += size;
    }
    return { part: scalar(Number.NaN), place };
  };
  const masks = without(union(...parts.map((part) => part.mask?.axes ?? [])), along);
  const mask = joinedMask(parts, along, () =>
    tensor([...masks, ...axes.slice(-1)], (place) => {
      const found = find(place);
      return isReal(found.part, found.place) ? 1 : 0;
    }),
  );
  return tensor(axes, (place) => {
    const found = find(place);
    return found.part.at(found.place);
  }, mask); // prettier-ignore
}

export const scalar = (value: number): NamedTensor => ({ axes: [], at: () => value });

export function cumsum(value: NamedTensor, axis: string): NamedTensor {
  const at = (place: Place): number => {
    const upTo = Array.from({ length: (place[axis] ?? 0) + 1 }, (_, k) => ({ ...place, [axis]: k }));
    return total(upTo.map((whole) => (isReal(value, whole) ? value.at(whole) : 0)));
  };
  return tensor(value.axes, at, value.mask);
}

export function shuffled(value: NamedTensor, axis: string, order: readonly number[]): NamedTensor {
  return moved(value, [axis], (axes) => axes, (place) => ({ ...place, [axis]: order[place[axis] ?? 0] ?? 0 })); // prettier-ignore
}

export function oneHot(index: NamedTensor, axis: NamedAxis): NamedTensor {
  return tensor(
    union(index.axes, [axis]),
    (place) => {
      const at = read(index, place);
      return Number.isNaN(at) ? Number.NaN : at === place[axis.name] ? 1 : 0;
    },
    index.mask,
  );
}

export function fill(value: NamedTensor, filler: NamedTensor): NamedTensor {
  const axes = union(value.axes, filler.axes);
  return tensor(axes, (place) => (isReal(value, place) ? value.at(place) : filler.at(place)));
}

export function known(value: NamedTensor): NamedTensor {
  return tensor(value.axes, (place) => (isReal(value, place) ? 1 : 0));
}

const masksOf = new WeakMap<NamedTensor, NamedTensor>();

/** A condition as a mask: the same one each time, so that what is left by it shares its mask. */
function asMask(condition: NamedTensor): NamedTensor {
  const known = masksOf.get(condition);
  if (known !== undefined) return known;
  const mask: NamedTensor = { axes: condition.axes, at: (place) => (condition.at(place) !== 0 ? 1 : 0) };
  masksOf.set(condition, mask);
  return mask;
}

export function only(value: NamedTensor, condition: NamedTensor): NamedTensor {
  const axes = union(value.axes, condition.axes);
  const mask = both(value.mask, asMask(condition));
  return tensor(axes, value.at, mask);
}

/** Entry i is what stood at i − by; what comes from outside is not there. */
export function shifted(value: NamedTensor, axis: string, by: number): NamedTensor {
  const size = value.axes.find((each) => each.name === axis)?.size ?? 0;
  const looked = moved(value, [axis], (axes) => axes, (place) => ({ ...place, [axis]: (place[axis] ?? 0) - by })); // prettier-ignore
  const along = value.axes.filter((each) => each.name === axis);
  const inside = tensor(along, (place) => ((place[axis] ?? 0) - by >= 0 && (place[axis] ?? 0) - by < size ? 1 : 0));
  const mask = both(looked.mask, inside);
  return { ...looked, ...(mask === undefined ? {} : { mask }) };
}

/** In the opposite order; what a mask leaves out at the end stays there. */
export function turned(value: NamedTensor, axis: string): NamedTensor {
  const size = value.axes.find((each) => each.name === axis)?.size ?? 0;
  const { mask } = value;
  const end = (place: Place): number => {
    if (mask === undefined || !hasAxis(mask, axis)) return size;
    const there = Array.from({ length: size }, (_, at) => at).filter((at) => mask.at({ ...place, [axis]: at }) === 1);
    return 1 + Math.max(-1, ...there);
  };
  const from = (place: Place): Place => {
    const [at, last] = [place[axis] ?? 0, end(place)];
    return { ...place, [axis]: at < last ? last - 1 - at : at };
  };
  return moved(value, [axis], (axes) => axes, from);
}

/** Every `by`-th entry, and runs of neighbours. */
export function strided(value: NamedTensor, axis: string, by: number, as: string): NamedTensor {
  const change = (axes: readonly NamedAxis[]): NamedAxis[] =>
    axes.map((each) => (each.name === axis ? { ...each, name: as, size: Math.ceil(each.size / by) } : each));
  return moved(value, [axis], change, ({ [as]: at = 0, ...place }) => ({ ...place, [axis]: by * at }));
}

export function windows(value: NamedTensor, axis: string, size: number, hop: string, tap: string): NamedTensor {
  const change = (axes: readonly NamedAxis[]): NamedAxis[] =>
    axes.flatMap((each) => (each.name === axis ? [{ name: hop, size: each.size - size + 1, feature: false }, { name: tap, size, feature: false }] : [each])); // prettier-ignore
  return moved(value, [axis], change, ({ [hop]: first = 0, [tap]: at = 0, ...place }) => ({ ...place, [axis]: first + at })); // prettier-ignore
}

/** Both axes as one, the second the faster. */
export function merged(value: NamedTensor, first: string, second: string, as: string): NamedTensor {
  const [slow, fast] = [first, second].map((name) => value.axes.find((each) => each.name === name)?.size ?? 0) as [number, number]; // prettier-ignore
  const feature = value.axes.filter(({ name }) => name === first || name === second).every((axis) => axis.feature);
  const change = (axes: readonly NamedAxis[]): NamedAxis[] => [
    ...without(axes, first, second),
    { name: as, size: slow * fast, feature },
  ];
  const from = ({ [as]: at = 0, ...place }: Place): Place => ({ ...place, [first]: Math.floor(at / fast), [second]: at % fast }); // prettier-ignore
  return moved(value, [first, second], change, from);
}

/** 1 for the largest of what is there; equal ones share. */
export function ranks(value: NamedTensor, axis: string): NamedTensor {
  const along = value.axes.filter((each) => each.name === axis);
  const at = (place: Place): number => {
    const there = places(along).map((inside) => ({ ...place, ...inside })).filter((whole) => isReal(value, whole)).map(value.at); // prettier-ignore
    const own = value.at(place);
    if ([own, ...there].some(Number.isNaN)) return Number.NaN;
    return there.filter((each) => each > own).length + (there.filter((each) => each === own).length + 1) / 2;
  };
  return tensor(value.axes, at, value.mask);
}

export function median(value: NamedTensor, axis: string): NamedTensor {
  const along = value.axes.filter((each) => each.name === axis);
  const at = (place: Place): number => {
    const there = places(along).map((inside) => ({ ...place, ...inside })).filter((whole) => isReal(value, whole)).map(value.at).sort((a, b) => a - b); // prettier-ignore
    const half = (there.length - 1) / 2;
    return ((there[Math.floor(half)] ?? Number.NaN) + (there[Math.ceil(half)] ?? Number.NaN)) / 2;
  };
  const mask = value.mask === undefined ? undefined : reducedMask('mean', value.mask, [axis]);
  return tensor(without(value.axes, axis), at, mask);
}

/** One result for each entry of `group`, of the elements whose index names it. */
export function grouped(reduction: 'sum' | 'mean' | 'max' | 'any', value: NamedTensor, index: NamedTensor, group: NamedAxis, over: readonly string[]): NamedTensor {
  const all = union(value.axes, index.axes);
  const inner = all.filter((axis) => over.includes(axis.name));
  const rest = without(all, ...over);
  const members = (place: Place): number[] =>
    places(inner)
      .map((inside) => ({ ...place, ...inside }))
      .filter((whole) => isReal(value, whole) && isReal(index, whole) && !(index.at(whole) !== (place[group.name] ?? 0)))
      .map((whole) => value.at(whole));
  const open = (place: Place): boolean => places(inner).some((inside) => Number.isNaN(read(index, { ...place, ...inside })) && isReal(index, { ...place, ...inside })); // prettier-ignore
  const axes = [...rest, group];
  const at = (place: Place): number => (open(place) ? Number.NaN : reductions[reduction](members(place)));
  if (ofNothing.has(reduction)) return tensor(axes, at);
  // whether a group has members does not depend on axes that only the value has
  const deciding = without(union(index.axes, value.mask?.axes ?? [], index.mask?.axes ?? []), ...over);
  const first = Object.fromEntries(axes.map((axis) => [axis.name, 0]));
  const mask = tensor([...deciding, group], (place) => (members({ ...first, ...place }).length > 0 ? 1 : 0));
  return tensor(axes, at, mask);
} // prettier-ignore
