import type { NodeId } from '../ir/graph.ts';
import type { OpName } from '../ir/ops.ts';
import type { Candidate, Simplify } from '../ir/rewrite.ts';

/** a ∘ b = b ∘ a: operands in ascending order name the same value. */
const commutative: ReadonlySet<OpName> = new Set(['add', 'mul', 'max', 'min', 'eq', 'ne', 'and', 'or'] as const);

/**
 * Two calls of one op on the same operands are one node (common subexpressions). Last in a chain: what it does not know is about
 * to be added, and so has the next id. One instance serves one sweep.
 */
export function share(): Simplify {
  const known = new Map<string, NodeId>();
  return (candidate, builder) => {
    if (candidate.op === 'input') return undefined;
    const key = keyOf(candidate);
    const found = known.get(key);
    if (found === undefined) known.set(key, builder.nodes.length);
    return found;
  };
}

function keyOf({ op, inputs, attributes }: Candidate): string {
  const operands = commutative.has(op) ? inputs.toSorted((a, b) => a - b) : inputs;
  let key = `${op} ${operands.join(' ')}`;
  for (const name in attributes) {
    const value: unknown = attributes[name as keyof typeof attributes];
    // String(-0) is "0", and the two differ.
    key += ` ${name} ${Array.isArray(value) ? value.map(text).join(',') : text(value)}`;
  }
  return key;
}

function text(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
