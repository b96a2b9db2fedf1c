import { shuffledOnce } from '../check/parameter-value.ts';
import type { CheckedExperiment } from '../check/checked.ts';
import { reachable, rootsOf } from '../check/reachability.ts';
import type { Typed } from '../check/typed.ts';
import { evaluateNodes } from '../ir/evaluate.ts';
import { graphInputs, type NodeId } from '../ir/graph.ts';
import type { Initialisation } from '../program/parameter.ts';
import type { RandomDistribution } from '../program/program-function.ts';
import type { Axis } from '../types/axis.ts';
import type { Elaborator } from './elaborator.ts';
import type { Located } from './located.ts';

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
  if (!isKnown(elaborator)) {
    elaborator.output('start', node);
    const { graph, inputs } = elaborator.finish();
    // a sample decides it, or a frozen tower: a function of the stage tells (`train on each`)
    if (Object.values(inputs).some(({ kind }) => kind !== 'random')) return { init: { kind: 'sample' } };
    return { init: { kind: 'formula', graph: { ...graph, name: 'start' }, inputs } };
  }
  const { graph } = elaborator.finish();
  const values = evaluateNodes(graph, {}, [node]).get(node)?.data ?? [];
  return { init: { kind: 'values', values: [...values], ...(shuffled === undefined ? {} : { shuffled: true }) } };
}

const isKnown = ({ builder }: Elaborator): boolean => graphInputs(builder.finish()).length === 0;

/**
 * What a raw `param` starts from, where the start of another tensor reads it: its own formula, its numbers, or a draw from its own stream,
 * so that the two agree. Undefined where it is a tensor that only a run has: of a tower, of a file.
 */
export function startWithin(elaborator: Elaborator, typed: Typed, name: string): Located | undefined {
  if (typed.op !== 'parameter') return undefined;
  const { aligner } = elaborator;
  const m = aligner.arithmetic;
  const { axes } = typed.type;
  const { owner, init } = typed.attributes;
  const { checked } = elaborator;
  const param = checked.parameters.find((each) => each.name === owner);
  // one that steps and metrics read too is drawn once, and is the same for all samples
  if (param === undefined || (param.flag === 'frozen' && readInFunctions(checked).has(owner))) return undefined;
  const [from] = typed.args;
  if (from !== undefined) return { node: aligner.expanded(elaborator.value(from), axes), axes };
  const shape = aligner.extents(axes);
  const drawn = (stream: string, distribution: RandomDistribution): NodeId =>
    elaborator.input(`random init:${stream}`, { kind: 'random', stream: `init:${stream}`, distribution }, 'f32', shape);
  switch (init.kind) {
    case 'constant':
      return { node: m.filled(init.value, shape), axes };
    case 'uniform':
      return { node: drawn(init.stream ?? name, { kind: 'uniform', low: init.low, high: init.high }), axes };
    case 'normal': {
      const normal = drawn(init.stream ?? name, { kind: 'normal' });
      return { node: m.shift(m.scale(normal, init.deviation), init.mean), axes };
    }
    default:
      return undefined;
  }
}

const read = new WeakMap<CheckedExperiment, ReadonlySet<string>>();

/** Owners of tensors that the functions of a stage read, not only what other tensors start from. */
export function readInFunctions(checked: CheckedExperiment): ReadonlySet<string> {
  const known = read.get(checked);
  if (known !== undefined) return known;
  const nodes = reachable(rootsOf(checked), ({ op }) => op !== 'parameter');
  const owners = new Set([...nodes].flatMap((node) => (node.op === 'parameter' ? [node.attributes.owner] : [])));
  read.set(checked, owners);
  return owners;
}

function otherTensor(typed: Typed): { owner: string; path: string; init: Initialisation; from?: Typed } | undefined {
  const [argument] = typed.args;
  if ((typed.op === 'cast' || typed.op === 'rename') && argument !== undefined) return otherTensor(argument);
  if (typed.op !== 'parameter') return undefined;
  const { owner, path, init } = typed.attributes;
  return { owner, path, init, ...(argument === undefined ? {} : { from: argument }) };
}
