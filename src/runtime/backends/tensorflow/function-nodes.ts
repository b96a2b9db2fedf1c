/** A function of a program as a TensorFlow graph has it: what is fed, what is fetched. */
import { invariant } from '../../../compiler/common/invariant.ts';
import { graphInputs } from '../../../compiler/ir/graph.ts';
import type { ProgramFunction } from '../../../compiler/program/program-function.ts';
import { inputNodeName, outputNodeName } from '../../../compiler/program/tensorflow-names.ts';
import type { TensorValue } from '../backend.ts';
import { feedChecker } from '../check-feeds.ts';
import type { TensorflowFeed } from './binding.ts';

/** By input or output name. */
export type Tensors = Readonly<Record<string, TensorValue>>;

export interface FunctionNodes {
  readonly fn: ProgramFunction;
  readonly checkFeeds: (feeds: Tensors) => void;
  /** Inputs that are fed, all but parameters. */
  readonly inputs: readonly { readonly name: string; readonly node: string }[];
  readonly outputs: readonly { readonly name: string; readonly node: string }[];
}

/** `scope` is that of its nodes. */
export function functionNodes(fn: ProgramFunction, scope: string): FunctionNodes {
  const inputs = graphInputs(fn.graph).map(({ name }, at) => ({ name, node: inputNodeName(at, scope) }));
  const isParameter = (name: string): boolean => fn.inputs[name]?.kind === 'parameter';
  const resident = new Set(inputs.map(({ name }) => name).filter(isParameter));
  return {
    fn,
    checkFeeds: feedChecker(fn.graph, resident),
    inputs: inputs.filter(({ name }) => !resident.has(name)),
    outputs: fn.graph.outputs.map(({ name }, at) => ({ name, node: outputNodeName(at, scope) })),
  };
}

export function feedsOf({ inputs }: FunctionNodes, feeds: Tensors): TensorflowFeed[] {
  return inputs.flatMap(({ name, node }) => {
    const value = feeds[name];
    return value === undefined ? [] : [{ node, value }];
  });
}

/** Results in the order of the outputs; there may be more. */
export function byName(
  outputs: readonly { readonly name: string }[],
  values: readonly TensorValue[],
): Record<string, TensorValue> {
  return Object.fromEntries(
    outputs.map(({ name }, at) => {
      const value = values[at];
      invariant(value, `tensorflow gave no ${name}`);
      return [name, value];
    }),
  );
}
