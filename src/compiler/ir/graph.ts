import { InternalError } from '../common/invariant.ts';
import type { DType, Shape } from '../types/dtype.ts';
import { inferType } from './infer.ts';
import type { OpAttributes, OpName } from './ops.ts';

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Index of a node in its graph. Operands always have smaller ids than their users. */
export type NodeId = number;

export type GraphNode = {
  readonly [Op in OpName]: {
    readonly id: NodeId;
    readonly op: Op;
    readonly inputs: readonly NodeId[];
    readonly attributes: OpAttributes[Op];
    readonly type: TensorType;
    /** What it is in the user's words (`f_re`, `E.stage[1].conv1`): for messages and printing, without meaning. */
    readonly label?: string;
  };
}[OpName];

export interface GraphOutput {
  readonly name: string;
  readonly node: NodeId;
}

/** A pure function in SSA form. `nodes[i].id === i`. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphOutput[];
}

/** Appends nodes; types are inferred on the way, so a graph is well typed by construction. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly outputs: GraphOutput[] = [];
  readonly name: string;
  #label: string | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Nodes added inside `build` carry `label` unless an inner call names them. */
  labelled<Result>(label: string, build: () => Result): Result {
    const outer = this.#label;
    this.#label = label;
    try {
      return build();
    } finally {
      this.#label = outer;
    }
  }

  add<Op extends OpName>(op: Op, inputs: readonly NodeId[], attributes: OpAttributes[Op]): NodeId {
    const id = this.nodes.length;
    const operandTypes = inputs.map((input) => this.type(input));
    const type = inferType(op, operandTypes, attributes);
    const label = this.#label === undefined ? {} : { label: this.#label };
    // The union over ops is by `op`; TypeScript cannot see that op and attributes agree through the generic.
    this.nodes.push({ id, op, inputs, attributes, type, ...label } as unknown as GraphNode);
    return id;
  }

  type(node: NodeId): TensorType {
    const found = this.nodes[node];
    if (!found) throw new InternalError(`node ${node} is not in graph ${this.name}`);
    return found.type;
  }

  shape(node: NodeId): Shape {
    return this.type(node).shape;
  }

  output(name: string, node: NodeId): void {
    this.outputs.push({ name, node });
  }

  finish(): Graph {
    return { name: this.name, nodes: this.nodes, outputs: this.outputs };
  }
}

/** Graph inputs in node order. */
export function graphInputs(
  graph: Graph,
): { readonly name: string; readonly node: NodeId; readonly type: TensorType }[] {
  return graph.nodes.flatMap((node) =>
    node.op === 'input' ? [{ name: node.attributes.name, node: node.id, type: node.type }] : [],
  );
}
