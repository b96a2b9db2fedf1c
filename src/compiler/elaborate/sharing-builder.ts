import { GraphBuilder, type NodeId } from '../ir/graph.ts';
import type { OpAttributes, OpName } from '../ir/ops.ts';

/** A builder that gives an equal node back instead of adding it again: one tower call is one tower, however often it is read. */
export class SharingBuilder extends GraphBuilder {
  readonly #known = new Map<string, NodeId>();

  override add<Op extends OpName>(op: Op, inputs: readonly NodeId[], attributes: OpAttributes[Op]): NodeId {
    const key = `${op}|${inputs.join(',')}|${JSON.stringify(attributes)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = super.add(op, inputs, attributes);
    this.#known.set(key, id);
    return id;
  }
}
