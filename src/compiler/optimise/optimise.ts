import type { Graph } from '../ir/graph.ts';
import { rewriteGraph } from '../ir/rewrite.ts';
import { verifyGraph } from '../ir/verify.ts';
import { algebraRules } from './algebra.ts';
import { contractRules } from './contract.ts';
import { flattenLinearRules } from './flatten-linear.ts';
import { foldConstants } from './fold-constants.ts';
import { simplifyMovement } from './movement.ts';
import { openGelu } from './open-gelu.ts';
import { prune } from './prune.ts';
import { firstOf, simplifyBy } from './rule.ts';
import { share } from './share.ts';

export interface GraphPass {
  readonly name: string;
  /** Why it is there, and in this place. */
  readonly why: string;
  readonly run: (graph: Graph) => Graph;
}

/** What happens to every graph after differentiation, in order. Each keeps the values of the outputs and their types. */
export const graphPasses: readonly GraphPass[] = [
  { name: 'prune', why: 'what nobody uses costs nothing below', run: prune },
  { name: 'remove-stops', why: 'gradients are taken; a stop is now the identity', run: removeStops },
  { name: 'open-gelu', why: 'the backward pass shares the cumulative, if written out before sharing', run: openGelu },
  { name: 'simplify', why: 'identities, folding and sharing feed each other, so one sweep does all', run: simplify },
  {
    name: 'contract',
    why: 'after simplify, which has bared the operands of products from broadcasts',
    run: contractSums,
  },
  { name: 'flatten-linear', why: 'after contract, whose products count too', run: flattenLinear },
  { name: 'simplify-again', why: 'the reshapes and transposes of the last two meet those around them', run: simplify },
  { name: 'prune-again', why: 'what the rewriting left behind', run: prune },
];

/**
 * The same function with fewer and cheaper nodes. Outputs keep names and types; inputs that no output needs are gone.
 * Sweeps are linear in the number of nodes. Only after differentiation: stops are removed.
 */
export function optimise(graph: Graph, passes: readonly GraphPass[] = graphPasses): Graph {
  let current = graph;
  for (const pass of passes) {
    current = pass.run(current);
    verifyGraph(current, pass.name);
  }
  return current;
}

function removeStops(graph: Graph): Graph {
  return rewriteGraph(graph, ({ op, inputs }) => (op === 'stop' ? inputs[0] : undefined));
}

function simplify(graph: Graph): Graph {
  return rewriteGraph(graph, firstOf(foldConstants, simplifyBy(algebraRules), simplifyMovement, share()));
}

function contractSums(graph: Graph): Graph {
  return rewriteGraph(graph, simplifyBy(contractRules));
}

function flattenLinear(graph: Graph): Graph {
  return rewriteGraph(graph, simplifyBy(flattenLinearRules));
}
