import { Arithmetic } from '../ir/arithmetic.ts';
import type { GraphNode, NodeId } from '../ir/graph.ts';
import type { OpAttributes, OpName } from '../ir/ops.ts';
import type { Candidate, RewritingBuilder, Simplify } from '../ir/rewrite.ts';
import type { Shape } from '../types/dtype.ts';

/** One call as a rule sees it: `op(a, b, c, …)`. */
export interface RuleCall<Op extends OpName> {
  readonly op: Op;
  readonly a: NodeId;
  readonly b: NodeId;
  readonly c: NodeId;
  readonly inputs: readonly NodeId[];
  readonly attributes: OpAttributes[Op];
  readonly m: Arithmetic;
  readonly look: Look;
}

/** The identity as code: an equal node, or nothing where it does not apply. What it builds is simplified in turn. */
export type Rule<Op extends OpName> = (call: RuleCall<Op>) => NodeId | undefined;

/** Rules by op, tried in order. Unlike meaning or gradient, an op needs none. */
export type Rules = { readonly [Op in OpName]?: readonly Rule<Op>[] };

/** Questions about nodes that are already there. */
export class Look {
  readonly #builder: RewritingBuilder;

  constructor(builder: RewritingBuilder) {
    this.#builder = builder;
  }

  node(id: NodeId): GraphNode {
    return this.#builder.node(id);
  }

  shape(id: NodeId): Shape {
    return this.node(id).type.shape;
  }

  /** The node, where it is a call of `op`. */
  as<Op extends OpName>(id: NodeId, op: Op): Extract<GraphNode, { op: Op }> | undefined {
    const node = this.node(id);
    // The discriminant has just been compared.
    return node.op === op ? (node as Extract<GraphNode, { op: Op }>) : undefined;
  }

  /** Operand of a one-operand op, where the node is one. */
  operandOf(id: NodeId, op: OpName): NodeId | undefined {
    const node = this.node(id);
    return node.op === op ? node.inputs[0] : undefined;
  }

  /** The one value of a constant that has only one. */
  uniform(id: NodeId): number | undefined {
    const node = this.node(id);
    return node.op === 'constant' && node.attributes.values.length === 1 ? node.attributes.values[0] : undefined;
  }
}

/** Tries a table's rules for the candidate's op. */
export function simplifyBy(rules: Rules): Simplify {
  return (candidate, builder) => {
    const row: readonly Rule<OpName>[] | undefined = rules[candidate.op] as readonly Rule<OpName>[] | undefined;
    if (!row) return undefined;
    const call = ruleCall(candidate, builder);
    for (const rule of row) {
      const found = rule(call);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** The candidate with what rules ask and build with. */
export function ruleCall(candidate: Candidate, builder: RewritingBuilder): RuleCall<OpName> {
  let tools = toolsOf.get(builder);
  if (!tools) {
    tools = { m: new Arithmetic(builder), look: new Look(builder) };
    toolsOf.set(builder, tools);
  }
  const { op, inputs, attributes } = candidate;
  const [a = -1, b = -1, c = -1] = inputs;
  return { op, a, b, c, inputs, attributes, m: tools.m, look: tools.look };
}

/** One pair for each sweep: rules run for every node. */
const toolsOf = new WeakMap<RewritingBuilder, { readonly m: Arithmetic; readonly look: Look }>();

/** The first of several simplifications that finds something. */
export function firstOf(...simplifications: readonly Simplify[]): Simplify {
  return (candidate, builder, original) => {
    for (const simplify of simplifications) {
      const found = simplify(candidate, builder, original);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
