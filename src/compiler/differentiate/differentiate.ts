import { invariant } from '../common/invariant.ts';
import { Arithmetic } from '../ir/arithmetic.ts';
import { GraphBuilder, type Graph, type GraphNode, type NodeId } from '../ir/graph.ts';
import type { OpName } from '../ir/ops.ts';
import { sameShape } from '../types/dtype.ts';
import { gradientRule, type GradientCall } from './gradients.ts';
import { joinSlices, type SliceGradient } from './join-slices.ts';

export interface DifferentiateOptions {
  /** What a node that the loss does not depend on gets: nothing, or zeros of its shape. */
  readonly missing: 'omit' | 'zero';
}

export interface Differentiated {
  /** The given graph with the gradients' nodes after its own, whose ids stay. Outputs as given. */
  readonly graph: Graph;
  /** Node of `wrt` → node that holds the gradient of the loss with respect to it, of the same shape. */
  readonly gradients: ReadonlyMap<NodeId, NodeId>;
}

/**
 * Reverse-mode differentiation of a scalar f32 node. A node gets a gradient only if the loss depends on it and it depends on a
 * node of `wrt`: what is frozen has no gradient anywhere in the result, nothing is computed for it.
 */
export function differentiate(
  graph: Graph,
  loss: NodeId,
  wrt: readonly NodeId[],
  { missing }: DifferentiateOptions = { missing: 'omit' },
): Differentiated {
  const lossType = graph.nodes[loss]?.type;
  invariant(lossType?.dtype === 'f32' && lossType.shape.length === 0, `a loss must be f32[], node ${loss} is not`);

  const builder = new GraphBuilder(graph.name);
  for (const node of graph.nodes) builder.nodes.push(node);
  for (const { name, node } of graph.outputs) builder.output(name, node);

  const m = new Arithmetic(builder);
  const varying = reachedFrom(graph, wrt);
  const contributions = new Map<NodeId, Contribution[]>();
  const gradients = new Map<NodeId, NodeId>();
  const wanted = new Set(wrt);

  if (varying.has(loss)) contributions.set(loss, [{ kind: 'whole', gradient: m.number(1) }]);
  for (let id = loss; id >= 0; id--) {
    const parts = contributions.get(id);
    const node = graph.nodes[id];
    if (!parts || !node) continue;
    contributions.delete(id);
    labelled(builder, node, () => {
      const dy = total(m, node, parts);
      if (wanted.has(id)) gradients.set(id, dy);
      propagate(m, node, dy, varying, contributions);
    });
  }
  if (missing === 'zero') {
    for (const id of wrt) if (!gradients.has(id)) gradients.set(id, m.filled(0, builder.shape(id)));
  }
  return { graph: builder.finish(), gradients };
}

/** What one user of a node sends back to it. Gradients of slices wait, so that siblings become one concat. */
type Contribution = { readonly kind: 'whole'; readonly gradient: NodeId } | SliceGradient;

/** Nodes that depend on one of `sources` through operands that pass gradients on. */
function reachedFrom(graph: Graph, sources: readonly NodeId[]): ReadonlySet<NodeId> {
  const reached = new Set(sources);
  for (const node of graph.nodes) {
    if (node.inputs.some((input, operand) => reached.has(input) && passes(graph, node, operand))) reached.add(node.id);
  }
  return reached;
}

function passes(graph: Graph, node: GraphNode, operand: number): boolean {
  if (node.type.dtype !== 'f32' || graph.nodes[node.inputs[operand] ?? -1]?.type.dtype !== 'f32') return false;
  return node.op === 'cast' || gradientRule<OpName>(node.op, operand) !== undefined;
}

/** Sends a node's gradient to those of its operands that need one. */
function propagate(
  m: Arithmetic,
  node: GraphNode,
  dy: NodeId,
  varying: ReadonlySet<NodeId>,
  contributions: Map<NodeId, Contribution[]>,
): void {
  for (const [operand, input] of node.inputs.entries()) {
    if (!varying.has(input)) continue;
    const contribution = contributionTo(m, node, operand, dy);
    if (!contribution) continue;
    const parts = contributions.get(input);
    if (parts) parts.push(contribution);
    else contributions.set(input, [contribution]);
  }
}

function contributionTo(m: Arithmetic, node: GraphNode, operand: number, dy: NodeId): Contribution | undefined {
  if (node.op === 'slice') return { kind: 'slice', gradient: dy, ...node.attributes };
  if (node.op === 'cast') return { kind: 'whole', gradient: dy };
  const rule = gradientRule<OpName>(node.op, operand);
  if (!rule) return undefined;
  const { inputs, attributes } = node;
  const [a = -1, b = -1, c = -1, d = -1] = inputs;
  const call: GradientCall<OpName> = { m, dy, y: node.id, a, b, c, d, inputs, attributes, operand };
  return { kind: 'whole', gradient: rule(call) };
}

/** The sum of what a node's users sent, in its own shape. Parts of one shape are added before what was broadcast is summed. */
function total(m: Arithmetic, node: GraphNode, parts: readonly Contribution[]): NodeId {
  const slices = parts.filter((part) => part.kind === 'slice');
  const wholes = parts.flatMap((part) => (part.kind === 'whole' ? [part.gradient] : []));
  const all = [...wholes, ...joinSlices(m, node.type.shape, slices)];

  const sums: NodeId[] = [];
  for (const gradient of all) {
    const same = sums.findIndex((sum) => sameShape(m.shape(sum), m.shape(gradient)));
    if (same < 0) sums.push(gradient);
    else sums[same] = m.add(sums[same] ?? gradient, gradient);
  }
  const reduced = sums.map((sum) => m.reduceTo(sum, node.type.shape));
  return reduced.reduce((sum, gradient) => m.add(sum, gradient));
}

function labelled<Result>(builder: GraphBuilder, node: GraphNode, build: () => Result): Result {
  return node.label === undefined ? build() : builder.labelled(`gradient of ${node.label}`, build);
}
