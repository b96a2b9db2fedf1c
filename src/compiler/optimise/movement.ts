/**
 * Elements moved less. Broadcasts and reshapes sink through elementwise ops (which broadcast by themselves, and do not care for
 * shape) until they meet, merge or vanish; transposes become flags of products; slices find what they are cut from.
 */
import { broadcastShapes, reducedShape, withExtent } from '../ir/extents.ts';
import { opFamily } from '../ir/families.ts';
import type { NodeId } from '../ir/graph.ts';
import type { OpName } from '../ir/ops.ts';
import { reshapeGroups } from '../ir/reshape-groups.ts';
import type { Simplify } from '../ir/rewrite.ts';
import { elementCount, sameShape, type Shape } from '../types/dtype.ts';
import { ruleCall, simplifyBy, type Look, type RuleCall, type Rules } from './rule.ts';

const rules: Rules = {
  reshape: [
    ({ a, look, attributes: { shape } }) => (sameShape(look.shape(a), shape) ? a : undefined), // to its own shape
    ({ a, m, look, attributes: { shape } }) => {
      const source = look.operandOf(a, 'reshape');
      return source === undefined ? undefined : m.reshape(source, shape); // of a reshape
    },
    ({ a, m, look, attributes: { shape } }) => {
      const constant = look.as(a, 'constant');
      return constant && m.op('constant', [], { ...constant.attributes, shape }); // of a constant
    },
  ],
  transpose: [
    ({ a, m, look, attributes: { permutation } }) =>
      isTrivial(look.shape(a), permutation) ? m.reshape(a, permuted(look.shape(a), permutation)) : undefined, // moves extents of 1 only
    ({ a, m, look, attributes: { permutation } }) => {
      const inner = look.as(a, 'transpose');
      if (!inner) return undefined;
      const first = inner.attributes.permutation;
      return m.transpose(inner.inputs[0] ?? a, permutation.map((axis) => first[axis] ?? axis)); // prettier-ignore
    }, // of a transpose
    ({ a, m, look, attributes: { permutation } }) => refilled(m, look, a, permuted(look.shape(a), permutation)), // of a uniform constant
  ],
  broadcast: [
    ({ a, look, attributes: { shape } }) => (sameShape(look.shape(a), shape) ? a : undefined), // to its own shape
    ({ a, m, look, attributes: { shape } }) => {
      const source = look.operandOf(a, 'broadcast');
      return source === undefined ? undefined : m.broadcast(source, shape); // of a broadcast
    },
    ({ a, m, look, attributes: { shape } }) => {
      const source = look.operandOf(a, 'reshape');
      if (source === undefined || !addsLeadingOnes(look.shape(source), look.shape(a))) return undefined;
      return m.broadcast(source, shape); // of leading ones
    },
    ({ a, m, look, attributes: { shape } }) => refilled(m, look, a, shape), // of a uniform constant
  ],
  slice: [
    ({ a, look, attributes: { sizes } }) => (sameShape(look.shape(a), sizes) ? a : undefined), // of everything
    ({ a, m, look, attributes: { starts, sizes } }) => {
      const inner = look.as(a, 'slice');
      if (!inner) return undefined;
      const moved = starts.map((start, axis) => start + (inner.attributes.starts[axis] ?? 0));
      return m.op('slice', [inner.inputs[0] ?? a], { starts: moved, sizes });
    }, // of a slice
    sliceOfConcat,
    sliceOfPad,
    ({ a, m, look, attributes: { sizes } }) => refilled(m, look, a, sizes), // of a uniform constant
  ],
  pad: [
    ({ a, attributes: { before, after } }) => ([...before, ...after].every((count) => count === 0) ? a : undefined), // by nothing
  ],
  concat: [
    ({ inputs }) => (inputs.length === 1 ? inputs[0] : undefined), // of one
    nestedConcat,
    concatOfSlices,
  ],
  reverse: [
    ({ a, m, look, attributes: { axes } }) => {
      const longer = axes.filter((axis) => look.shape(a)[axis] !== 1);
      if (longer.length === 0) return a;
      return longer.length === axes.length ? undefined : m.op('reverse', [a], { axes: longer });
    }, // of extents of 1
  ],
  cast: [({ a, look, attributes: { dtype } }) => (look.node(a).type.dtype === dtype ? a : undefined)], // to its own dtype

  reduce_sum: [reductionOfReduction, reductionOfReshape, reductionOfOnes],
  reduce_max: [reductionOfReduction, reductionOfReshape, reductionOfOnes],
  reduce_min: [reductionOfReduction, reductionOfReshape, reductionOfOnes],
  moment_mean: [
    ({ a, look, attributes: { axes } }) => (axes.every((axis) => look.shape(a)[axis] === 1) ? a : undefined), // of one value
  ],
  matmul: [matmulOfTranspose, matmulOfSharedMatrix],
};

const byOp = simplifyBy(rules);

/** Movement rules of the op, and for elementwise ops the sinking of what moves their operands. */
export const simplifyMovement: Simplify = (candidate, builder, original) => {
  const found = byOp(candidate, builder, original);
  if (found !== undefined || opFamily(candidate.op) !== 'elementwise' || candidate.op === 'stop') return found;
  return elementwise(candidate, builder);
};

// ── elementwise ──────────────────────────────────────────────────────

const elementwise: Simplify = (candidate, builder) => {
  const call = ruleCall(candidate, builder);
  return sinkBroadcasts(call) ?? sinkReshapes(call) ?? sinkTranspose(call);
};

type Elementwise = RuleCall<OpName>;

/** op(broadcast x, broadcast y) = broadcast op(x, y), and no broadcast at all where the operands repeat each other. */
function sinkBroadcasts({ op, inputs, attributes, m, look }: Elementwise): NodeId | undefined {
  const bare = inputs.map((input) => look.operandOf(input, 'broadcast') ?? scalarOf(m, look, input));
  if (bare.every((input, at) => input === inputs[at])) return undefined;
  const result = m.op(op, bare, attributes);
  return m.broadcast(result, broadcastShapes(...inputs.map((input) => look.shape(input))));
}

/** A uniform constant as a scalar. */
function scalarOf(m: Elementwise['m'], look: Look, id: NodeId): NodeId {
  const value = look.uniform(id);
  return value === undefined || look.shape(id).length === 0 ? id : m.number(value, look.node(id).type.dtype);
}

/** op(reshape x, reshape y) = reshape op(x, y), scalars and vectors along an unchanged last axis beside them. */
function sinkReshapes({ op, inputs, attributes, m, look }: Elementwise): NodeId | undefined {
  const reshapes = inputs.flatMap((input) => look.as(input, 'reshape') ?? []);
  const [first] = reshapes;
  const from = first && look.shape(first.inputs[0] ?? -1);
  if (!first || !from) return undefined;
  const to = first.type.shape;
  // Broadcasting must not be at work between the reshaped operands, nor the result be larger than they are.
  const fits = inputs.every((input) => {
    const source = look.operandOf(input, 'reshape');
    const own = look.shape(input);
    if (source !== undefined) return sameShape(own, to) && sameShape(look.shape(source), from);
    return own.length === 0 || (own.length === 1 && own[0] === to.at(-1) && own[0] === from.at(-1));
  });
  if (!fits) return undefined;
  const sources = inputs.map((input) => look.operandOf(input, 'reshape') ?? input);
  return m.reshape(m.op(op, sources, attributes), to);
}

/** op(transpose x, transpose y) = transpose op(x, y) for one permutation, scalars beside them. */
function sinkTranspose({ op, inputs, attributes, m, look }: Elementwise): NodeId | undefined {
  const transposes = inputs.flatMap((input) => look.as(input, 'transpose') ?? []);
  const [first] = transposes;
  if (!first) return undefined;
  const { permutation } = first.attributes;
  const fits = inputs.every((input) => {
    const other = look.as(input, 'transpose');
    if (!other) return look.shape(input).length === 0;
    return sameShape(other.type.shape, first.type.shape) && sameShape(other.attributes.permutation, permutation);
  });
  if (!fits) return undefined;
  const sources = inputs.map((input) => look.operandOf(input, 'transpose') ?? input);
  return m.transpose(m.op(op, sources, attributes), permutation);
}

// ── shape ────────────────────────────────────────────────────────────

/** A uniform constant in another shape. */
function refilled(m: Elementwise['m'], look: Look, id: NodeId, shape: Shape): NodeId | undefined {
  const value = look.uniform(id);
  return value === undefined ? undefined : m.filled(value, shape, look.node(id).type.dtype);
}

function permuted(shape: Shape, permutation: readonly number[]): number[] {
  return permutation.map((axis) => shape[axis] ?? 1);
}

/** Whether the axes longer than 1 keep their order. */
function isTrivial(shape: Shape, permutation: readonly number[]): boolean {
  const longer = permutation.filter((axis) => shape[axis] !== 1);
  return longer.every((axis, at) => at === 0 || axis > (longer[at - 1] ?? -1));
}

function addsLeadingOnes(from: Shape, to: Shape): boolean {
  const lead = to.length - from.length;
  return lead > 0 && to.every((extent, axis) => extent === (axis < lead ? 1 : from[axis - lead]));
}

/** A slice that lies within one part of a concat is a slice of the part. */
function sliceOfConcat({ a, m, look, attributes: { starts, sizes } }: RuleCall<'slice'>): NodeId | undefined {
  const concat = look.as(a, 'concat');
  if (!concat) return undefined;
  const { axis } = concat.attributes;
  const start = starts[axis] ?? 0;
  const end = start + (sizes[axis] ?? 0);
  let before = 0;
  for (const part of concat.inputs) {
    const after = before + (look.shape(part)[axis] ?? 0);
    if (start >= before && end <= after) {
      return m.op('slice', [part], { starts: withExtent(starts, axis, start - before), sizes });
    }
    if (start < after) return undefined;
    before = after;
  }
  return undefined;
}

/** A slice that lies within what was padded is a slice of that. */
function sliceOfPad({ a, m, look, attributes: { starts, sizes } }: RuleCall<'slice'>): NodeId | undefined {
  const pad = look.as(a, 'pad');
  const [source] = pad?.inputs ?? [];
  if (!pad || source === undefined) return undefined;
  const moved = starts.map((start, axis) => start - (pad.attributes.before[axis] ?? 0));
  const shape = look.shape(source);
  const inside = moved.every((start, axis) => start >= 0 && start + (sizes[axis] ?? 0) <= (shape[axis] ?? 0));
  return inside ? m.op('slice', [source], { starts: moved, sizes }) : undefined;
}

/** concat(concat(x, y), z) = concat(x, y, z) along one axis. */
function nestedConcat({ inputs, m, look, attributes: { axis } }: RuleCall<'concat'>): NodeId | undefined {
  const parts = inputs.flatMap((input) => {
    const inner = look.as(input, 'concat');
    return inner?.attributes.axis === axis ? inner.inputs : [input];
  });
  return parts.length === inputs.length ? undefined : m.op('concat', parts, { axis });
}

/** Neighbouring slices of one tensor are one slice of it. */
function concatOfSlices({ inputs, m, look, attributes: { axis } }: RuleCall<'concat'>): NodeId | undefined {
  const parts: NodeId[] = [];
  for (const input of inputs) {
    const last = parts.at(-1);
    const joined = last === undefined ? undefined : joinSlices(m, look, last, input, axis);
    if (joined === undefined) parts.push(input);
    else parts[parts.length - 1] = joined;
  }
  return parts.length === inputs.length ? undefined : m.op('concat', parts, { axis });
}

function joinSlices(m: Elementwise['m'], look: Look, a: NodeId, b: NodeId, axis: number): NodeId | undefined {
  const first = look.as(a, 'slice');
  const second = look.as(b, 'slice');
  const [source] = first?.inputs ?? [];
  if (!first || !second || source === undefined || source !== second.inputs[0]) return undefined;
  const { starts, sizes } = first.attributes;
  const next = second.attributes;
  const end = (starts[axis] ?? 0) + (sizes[axis] ?? 0);
  if (!sameShape(next.starts, withExtent(starts, axis, end))) return undefined;
  if (!sameShape(next.sizes, withExtent(sizes, axis, next.sizes[axis] ?? 0))) return undefined;
  return m.op('slice', [source], {
    starts,
    sizes: withExtent(sizes, axis, (sizes[axis] ?? 0) + (next.sizes[axis] ?? 0)),
  });
}

// ── axes and products ────────────────────────────────────────────────

type ReduceOp = 'reduce_sum' | 'reduce_max' | 'reduce_min';

/** Reducing an extent of 1 changes the shape alone. */
function reductionOfOnes({ op, a, m, look, attributes: { axes, keep } }: RuleCall<ReduceOp>): NodeId | undefined {
  const shape = look.shape(a);
  const longer = axes.filter((axis) => shape[axis] !== 1);
  if (longer.length === axes.length && axes.length > 0) return undefined;
  const reduced = longer.length === 0 ? a : m.op(op, [a], { axes: longer, keep: true });
  return m.reshape(reduced, reducedShape(shape, axes, keep));
}

/** Σ over j of Σ over i = Σ over both. */
function reductionOfReduction({ op, a, m, look, attributes }: RuleCall<ReduceOp>): NodeId | undefined {
  const inner = look.as(a, op);
  const [source] = inner?.inputs ?? [];
  if (!inner || source === undefined) return undefined;
  const shape = look.shape(source);
  const left = shape.flatMap((_, axis) =>
    inner.attributes.keep || !inner.attributes.axes.includes(axis) ? [axis] : [],
  );
  const outer = attributes.axes.map((axis) => left[axis] ?? axis);
  const axes = [...new Set([...inner.attributes.axes, ...outer])].toSorted((x, y) => x - y);
  const reduced = m.op(op, [source], { axes, keep: attributes.keep });
  return m.reshape(reduced, reducedShape(look.shape(a), attributes.axes, attributes.keep));
}

/** Σ over axes that a reshape only grouped otherwise is Σ over the axes they came from. */
function reductionOfReshape({ op, a, m, look, attributes: { axes, keep } }: RuleCall<ReduceOp>): NodeId | undefined {
  const [source] = look.as(a, 'reshape')?.inputs ?? [];
  if (source === undefined) return undefined;
  const shape = look.shape(a);
  const own: number[] = [];
  for (const { from, to } of reshapeGroups(look.shape(source), shape)) {
    const reduced = to.filter((axis) => axes.includes(axis) && shape[axis] !== 1);
    if (reduced.length === 0) continue;
    if (reduced.length < to.filter((axis) => shape[axis] !== 1).length) return undefined;
    own.push(...from);
  }
  return m.reshape(m.op(op, [source], { axes: own, keep: false }), reducedShape(shape, axes, keep));
}

/** A product of a matrix whose last two axes were swapped reads it transposed. */
function matmulOfTranspose({ a, b, m, look, attributes }: RuleCall<'matmul'>): NodeId | undefined {
  const [x, y] = [swapped(look, a), swapped(look, b)];
  if (x === undefined && y === undefined) return undefined;
  const transposeA = attributes.transposeA !== (x !== undefined);
  const transposeB = attributes.transposeB !== (y !== undefined);
  return m.matmul(x ?? a, y ?? b, transposeA, transposeB);
}

function swapped(look: Look, id: NodeId): NodeId | undefined {
  const transpose = look.as(id, 'transpose');
  if (!transpose) return undefined;
  const { permutation } = transpose.attributes;
  const rank = permutation.length;
  const isSwap = permutation.every((axis, at) => axis === (at < rank - 2 ? at : 2 * rank - 3 - at));
  return isSwap ? transpose.inputs[0] : undefined;
}

/** A matrix repeated for each of a stack of matrices is one shared matrix. */
function matmulOfSharedMatrix({ a, b, m, look, attributes }: RuleCall<'matmul'>): NodeId | undefined {
  const shape = look.shape(b);
  if (shape.length === 2) return undefined;
  const source = look.operandOf(b, 'broadcast') ?? b;
  const own = look.shape(source);
  const matrix = shape.slice(-2);
  if (elementCount(own) !== elementCount(matrix) || !sameShape(own.slice(-2), matrix)) return undefined;
  return m.matmul(a, m.reshape(source, matrix), attributes.transposeA, attributes.transposeB);
}
