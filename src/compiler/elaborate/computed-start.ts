import { shuffledOnce } from '../check/parameter-value.ts';
import type { Typed } from '../check/typed.ts';
import { evaluateNodes } from '../ir/evaluate.ts';
import { graphInputs } from '../ir/graph.ts';
import type { Initialisation } from '../program/program.ts';
import type { Axis } from '../types/axis.ts';
import type { Elaborator } from './elaborator.ts';

export interface ComputedStart {
  readonly init: Initialisation;
  /** The tensor whose start it takes. */
  readonly like?: string;
}

/** The numbers of a formula of constants, or the start of another tensor. `axes`: those of the param, in its order. */
export function computedStart(around: Elaborator, from: Typed, axes: readonly Axis[]): ComputedStart {
  const other = otherTensor(from);
  if (other !== undefined) {
    const { owner, path, init } = other;
    const inner = path === '' ? 'value' : path;
    // the start of the other may be computed in turn
    const start = other.from === undefined ? { init } : computedStart(around, other.from, axes);
    return { init: start.init, like: ('like' in start ? start.like : undefined) ?? `${owner}.${inner}` };
  }
  const shuffled = shuffledOnce(from);
  const elaborator = around.apart();
  const node = elaborator.aligner.expanded(elaborator.value(shuffled ?? from), axes);
  const { graph } = elaborator.finish();
  // what starts from its sample is refused before it runs (`train on each`); described, it stands for its shape
  if (graphInputs(graph).length > 0) return { init: { kind: 'constant', value: 0 } };
  const values = evaluateNodes(graph, {}, [node]).get(node)?.data ?? [];
  return { init: { kind: 'values', values: [...values], ...(shuffled === undefined ? {} : { shuffled: true }) } };
}

function otherTensor(typed: Typed): { owner: string; path: string; init: Initialisation; from?: Typed } | undefined {
  const [argument] = typed.args;
  if ((typed.op === 'cast' || typed.op === 'rename') && argument !== undefined) return otherTensor(argument);
  if (typed.op !== 'parameter') return undefined;
  const { owner, path, init } = typed.attributes;
  return { owner, path, init, ...(argument === undefined ? {} : { from: argument }) };
}
