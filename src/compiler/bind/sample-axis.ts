/**
 * Which nodes of a batched graph are computed sample by sample. This decides what can be cached as a feature: a node that claims a
 * sample axis has, for each sample, a value that depends on this sample alone and not on its place in the batch.
 * A claim is never wrong; `mixed` may be said too often.
 */
import { invariant } from '../common/invariant.ts';
import { broadcastAxes } from '../ir/extents.ts';
import { opFamily } from '../ir/families.ts';
import type { Graph, GraphNode, NodeId } from '../ir/graph.ts';
import type { OpAttributes, OpName } from '../ir/ops.ts';
import { reshapeGroups } from '../ir/reshape-groups.ts';
import { elementCount, type Shape } from '../types/dtype.ts';

export type SampleAxis =
  /** Does not depend on samples. */
  | { readonly kind: 'none' }
  /** The sample is the major part of dimension `dim`, of extent batch · inner: index i there belongs to sample ⌊i / inner⌋. */
  | { readonly kind: 'sample'; readonly dim: number; readonly inner: number }
  /** Depends on several samples at once, or on a sample's place. */
  | { readonly kind: 'mixed' };

/** Dimensions of a node that are longer where there are more samples. */
export type Growing = ReadonlyMap<NodeId, readonly number[]>;

/** For every node, by id. Dimension 0 of the inputs in `sampleInputs` is the batch. */
export function sampleAxes(
  graph: Graph,
  batch: number,
  sampleInputs: ReadonlySet<NodeId>,
  growing: Growing = new Map(),
): SampleAxis[] {
  const axes: SampleAxis[] = [];
  const repeats: (readonly boolean[])[] = [];
  for (const node of graph.nodes) {
    const shapes = node.inputs.map((input) => graph.nodes[input]?.type.shape ?? []);
    const operands = node.inputs.map((input) => axes[input] ?? mixed);
    const alike = node.inputs.map((input) => repeats[input] ?? []);
    const copies = operands.every(({ kind }) => kind === 'none') ? copiesOf(node, alike, shapes, batch, growing) : undefined; // prettier-ignore
    axes.push(copies ?? axisOf(node, operands, alike, shapes, batch, sampleInputs));
    repeats.push(repeatsOf(node, alike, shapes));
  }
  return axes;
}

/** For every node, by id: along which dimensions all its values are the same. */
export function repeatedDims(graph: Graph): (readonly boolean[])[] {
  const repeats: (readonly boolean[])[] = [];
  for (const node of graph.nodes) {
    const shapes = node.inputs.map((input) => graph.nodes[input]?.type.shape ?? []);
    repeats.push(repeatsOf(node, node.inputs.map((input) => repeats[input] ?? []), shapes)); // prettier-ignore
  }
  return repeats;
}

const none: SampleAxis = { kind: 'none' };
const mixed: SampleAxis = { kind: 'mixed' };

function sample(dim: number, inner: number): SampleAxis {
  return { kind: 'sample', dim, inner };
}

function axisOf(
  node: GraphNode,
  operands: readonly SampleAxis[],
  alike: readonly (readonly boolean[])[],
  shapes: readonly Shape[],
  batch: number,
  sampleInputs: ReadonlySet<NodeId>,
): SampleAxis {
  if (sampleInputs.has(node.id)) {
    invariant(node.type.shape[0] === batch, `sample input ${node.id} has no leading dimension of ${batch}`);
    return sample(0, 1);
  }
  if (operands.some((operand) => operand.kind === 'mixed')) return mixed;
  if (operands.every((operand) => operand.kind === 'none')) return none;
  const { op, attributes } = node;
  const axis = applyRule<OpName>(op, { operands, alike, shapes, shape: node.type.shape, batch, attributes });
  // A repeated batch of one is no longer its own.
  const consistent = axis.kind !== 'sample' || node.type.shape[axis.dim] === batch * axis.inner;
  return consistent ? axis : mixed;
}

/**
 * Rows that were repeated for each sample and are now one dimension with others, as a decoder takes its queries: no longer alike along it,
 * but every sample has its own copy of them.
 */
function copiesOf(
  { op, type: { shape }, inputs }: GraphNode,
  alike: readonly (readonly boolean[])[],
  shapes: readonly Shape[],
  batch: number,
  growing: Growing,
): SampleAxis | undefined {
  const [input] = inputs;
  const [dim, ...others] = (input === undefined ? undefined : growing.get(input)) ?? [];
  if (op !== 'reshape' || dim === undefined || others.length > 0) return undefined;
  if (alike[0]?.[dim] !== true || shapes[0]?.[dim] !== batch) return undefined;
  const axis = reshape({ operands: [sample(dim, 1)], shapes, shape, batch });
  return axis.kind === 'sample' && axis.inner > 1 ? axis : undefined;
}

// ── one rule an op ───────────────────────────────────────────────────

interface SampleCall<Op extends OpName> {
  /** No operand is mixed, at least one has a sample axis. */
  readonly operands: readonly SampleAxis[];
  /** For each operand and dimension: whether its values are the same all along it. Matters for those that have no samples. */
  readonly alike: readonly (readonly boolean[])[];
  readonly shapes: readonly Shape[];
  /** Of the result. */
  readonly shape: Shape;
  readonly batch: number;
  readonly attributes: OpAttributes[Op];
}

type SampleRule<Op extends OpName> = (call: SampleCall<Op>) => SampleAxis;

const sampleRules: { readonly [Op in OpName]: SampleRule<Op> } = {
  // Leaves have no operands, so that their rules are not asked.
  input: () => mixed,
  constant: () => mixed,
  iota: () => mixed,

  neg: aligned,
  exp: aligned,
  log: aligned,
  sqrt: aligned,
  abs: aligned,
  sign: aligned,
  sin: aligned,
  cos: aligned,
  acos: aligned,
  tanh: aligned,
  sigmoid: aligned,
  softplus: aligned,
  relu: aligned,
  erf: aligned,
  gelu: aligned,
  floor: aligned,
  ceil: aligned,
  round: aligned,
  not: aligned,
  cast: aligned,
  stop: aligned,
  add: aligned,
  sub: aligned,
  mul: aligned,
  div: aligned,
  pow: aligned,
  max: aligned,
  min: aligned,
  atan2: aligned,
  eq: aligned,
  ne: aligned,
  lt: aligned,
  le: aligned,
  gt: aligned,
  ge: aligned,
  and: aligned,
  or: aligned,
  select: aligned,

  matmul,
  conv2d: perImage,
  conv2d_grad_input: perImage,
  conv2d_grad_filter: () => mixed, // sums over images
  max_pool: perImageAndChannel,
  max_pool_grad: perImageAndChannel,
  avg_pool: perImageAndChannel,
  avg_pool_grad: perImageAndChannel,

  reduce_sum: reduction,
  reduce_max: reduction,
  reduce_min: reduction,
  argmax: (call) => without([call.attributes.axis], false, call),
  cumsum: (call) => outside([call.attributes.axis], call),
  softmax: (call) => outside([call.attributes.axis], call),
  log_softmax: (call) => outside([call.attributes.axis], call),
  moment_mean: (call) => outside(call.attributes.axes, call),
  moment_rstd: (call) => outside(call.attributes.axes, call),
  layer_norm: (call) => outside([call.shape.length - 1], call),
  batch_norm: aligned,
  batch_norm_training: (call) => outside(leadingAxes(call.shape), call),
  batch_norm_grad_input: (call) => outside(leadingAxes(call.shape), call),
  batch_norm_grad_scale: () => mixed, // sums over samples, or is their sum
  top_k_values: (call) => outside([call.shape.length - 1], call),
  top_k_indices: (call) => outside([call.shape.length - 1], call),

  reshape,
  transpose: (call) => moved(call, (dim) => call.attributes.permutation.indexOf(dim)),
  broadcast: aligned,
  slice: (call) => (isWhole(call, call.attributes.sizes) ? moved(call, (dim) => dim) : mixed),
  pad: (call) => outside(padded(call.attributes), call),
  concat: (call) => outside([call.attributes.axis], call),
  reverse: (call) => outside(call.attributes.axes, call),

  gather,
  scatter_add: scatterAdd,
  gather_along: gatherAlong,
  scatter_add_along: (call) => outside([call.attributes.axis], call),
  one_hot: (call) => moved(call, (dim) => dim),

  resize: perImageAndChannel,
  resize_grad: perImageAndChannel,
};

function applyRule<Op extends OpName>(op: Op, call: SampleCall<Op>): SampleAxis {
  return sampleRules[op](call);
}

/** Where operands align with the result at their last dimensions: all samples at one place, other operands alike along it. */
function aligned({ operands, alike, shapes, shape }: Omit<SampleCall<OpName>, 'attributes'>): SampleAxis {
  let found: Extract<SampleAxis, { kind: 'sample' }> | undefined;
  for (const [index, operand] of operands.entries()) {
    if (operand.kind !== 'sample') continue;
    const dim = operand.dim + shape.length - (shapes[index]?.length ?? 0);
    if (found && (found.dim !== dim || found.inner !== operand.inner)) return mixed;
    found = { ...operand, dim };
  }
  if (!found) return none;
  for (const [index, operand] of operands.entries()) {
    if (operand.kind === 'sample') continue;
    const own = found.dim - shape.length + (shapes[index]?.length ?? 0);
    if (own >= 0 && alike[index]?.[own] === false) return mixed;
  }
  return found;
}

/** As aligned, where the op works along these axes: its samples must lie along another. */
function outside(axes: readonly number[], call: Omit<SampleCall<OpName>, 'attributes'>): SampleAxis {
  const axis = aligned(call);
  return axis.kind === 'sample' && axes.includes(axis.dim) ? mixed : axis;
}

/** All but the channels. */
function leadingAxes(shape: Shape): number[] {
  return shape.slice(0, -1).map((_, axis) => axis);
}

/** The first operand's axis at another place; none there means the samples come from elsewhere. */
function moved({ operands }: Pick<SampleCall<OpName>, 'operands'>, place: (dim: number) => number): SampleAxis {
  const [axis] = operands;
  return axis?.kind === 'sample' ? sample(place(axis.dim), axis.inner) : mixed;
}

/** `axes` of the first operand are reduced. */
function without(axes: readonly number[], keep: boolean, call: Pick<SampleCall<OpName>, 'operands'>): SampleAxis {
  const [axis] = call.operands;
  if (axis?.kind !== 'sample' || axes.includes(axis.dim)) return mixed;
  return moved(call, (dim) => (keep ? dim : dim - axes.filter((other) => other < dim).length));
}

function reduction(call: SampleCall<'reduce_sum' | 'reduce_max' | 'reduce_min'>): SampleAxis {
  return without(call.attributes.axes, call.attributes.keep, call);
}

/** Samples along a stack of matrices, or along the rows of a or the columns of b; sums over samples mix. */
function matmul(call: SampleCall<'matmul'>): SampleAxis {
  const { operands, shapes, shape, attributes } = call;
  const [a = none, b = none] = operands;
  const [left = [], right = []] = shapes;
  const rank = shape.length;
  const stacked = (axis: SampleAxis, own: Shape): boolean => axis.kind === 'sample' && axis.dim < own.length - 2;
  // Stacks align as elementwise operands do, a shared matrix has none.
  if (right.length === left.length && (stacked(a, left) || stacked(b, right))) return aligned(call);
  if (stacked(a, left)) return b.kind === 'none' ? a : mixed;
  if (a.kind === 'sample' && b.kind === 'none') {
    const rows = left.length - (attributes.transposeA ? 1 : 2);
    return a.dim === rows ? sample(rank - 2, a.inner) : mixed;
  }
  if (b.kind === 'sample' && a.kind === 'none') {
    const columns = right.length - (attributes.transposeB ? 2 : 1);
    return b.dim === columns ? sample(rank - 1, b.inner) : mixed;
  }
  return mixed;
}

/** Images are the samples, the filter is shared. */
function perImage({ operands: [x, filter] }: Pick<SampleCall<OpName>, 'operands'>): SampleAxis {
  return x?.kind === 'sample' && x.dim === 0 && filter?.kind === 'none' ? x : mixed;
}

/** Height and width meet, images and channels do not. */
function perImageAndChannel(call: Omit<SampleCall<OpName>, 'attributes'>): SampleAxis {
  return outside([1, 2], call);
}

/** The samples stay major in a dimension of the result that starts where theirs does. */
function reshape({
  operands: [axis],
  shapes: [from = []],
  shape,
  batch,
}: Pick<SampleCall<'reshape'>, 'operands' | 'shapes' | 'shape' | 'batch'>): SampleAxis {
  if (axis?.kind !== 'sample') return mixed;
  const outer = elementCount(from.slice(0, axis.dim));
  let before = 1;
  for (const [dim, extent] of shape.entries()) {
    if (before === outer && extent % batch === 0) return sample(dim, extent / batch);
    before *= extent;
  }
  return mixed;
}

function isWhole({ operands: [axis], shapes: [own = []] }: SampleCall<'slice'>, sizes: readonly number[]): boolean {
  return axis?.kind === 'sample' && own[axis.dim] === sizes[axis.dim];
}

function padded({ before, after }: OpAttributes['pad']): number[] {
  return before.flatMap((count, axis) => (count + (after[axis] ?? 0) > 0 ? [axis] : []));
}

/** Rows of a shared table by each sample's indices, or shared indices into each sample. */
function gather({ operands: [x, indices], shapes, attributes: { axis } }: SampleCall<'gather'>): SampleAxis {
  const rank = shapes[1]?.length ?? 0;
  if (x?.kind === 'none' && indices?.kind === 'sample') return sample(axis + indices.dim, indices.inner);
  if (x?.kind !== 'sample' || indices?.kind !== 'none' || x.dim === axis) return mixed;
  return sample(x.dim < axis ? x.dim : x.dim + rank - 1, x.inner);
}

/** Shared indices only: samples that add into one table mix. */
function scatterAdd({ operands, shapes, attributes: { axis } }: SampleCall<'scatter_add'>): SampleAxis {
  const [updates, indices] = operands;
  const rank = shapes[1]?.length ?? 0;
  if (updates?.kind !== 'sample' || indices?.kind !== 'none') return mixed;
  if (updates.dim < axis) return updates;
  return updates.dim >= axis + rank ? sample(updates.dim - rank + 1, updates.inner) : mixed;
}

/** Along the axis each index stands for itself, so that samples may lie there too if what they pick from is shared. */
function gatherAlong(call: SampleCall<'gather_along'>): SampleAxis {
  const [x, indices] = call.operands;
  const { axis } = call.attributes;
  if (indices?.kind === 'sample' && indices.dim === axis) return x?.kind === 'none' ? indices : mixed;
  return outside([axis], call);
}

// ── what is alike along a dimension ──────────────────────────────────

/** Dimensions along which a value does not change: at least those of extent 1, those that were broadcast, and of uniform constants all. */
function repeatsOf(node: GraphNode, alike: readonly (readonly boolean[])[], shapes: readonly Shape[]): boolean[] {
  const { shape } = node.type;
  const known = knownRepeats(node, alike, shapes);
  return shape.map((extent, dim) => extent === 1 || known?.[dim] === true);
}

function knownRepeats(
  node: GraphNode,
  alike: readonly (readonly boolean[])[],
  shapes: readonly Shape[],
): readonly boolean[] | undefined {
  const { shape } = node.type;
  const [own = []] = alike;
  const [from = []] = shapes;
  if (opFamily(node.op) === 'elementwise') {
    const place = (dim: number, index: number): number => dim - shape.length + (shapes[index]?.length ?? 0);
    return shape.map((_, dim) => alike.every((operand, index) => operand[place(dim, index)] !== false));
  }
  if (node.op === 'constant') return shape.map(() => node.attributes.values.length === 1);
  if (node.op === 'iota') return shape.map((_, dim) => dim !== node.attributes.axis);
  if (node.op === 'slice') return own;
  if (node.op === 'transpose') return node.attributes.permutation.map((dim) => own[dim] === true);
  if (node.op === 'broadcast') {
    const repeated = broadcastAxes(from, shape);
    const lead = shape.length - from.length;
    return shape.map((_, dim) => repeated.includes(dim) || own[dim - lead] === true);
  }
  if (node.op === 'reshape') {
    const groups = reshapeGroups(from, shape).filter((group) => group.from.every((dim) => own[dim] === true));
    return shape.map((_, dim) => groups.some((group) => group.to.includes(dim)));
  }
  return undefined;
}
