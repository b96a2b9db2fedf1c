/** The variables of a TensorFlow graph, read and written in portions of bounded size. */
import { invariant } from '../../../compiler/common/invariant.ts';
import type { VariableNodes } from '../../../compiler/program/tensorflow-program.ts';
import { elementCount, type Shape } from '../../../compiler/types/dtype.ts';
import type { TensorflowModel } from './binding.ts';

export interface Variable {
  readonly name: string;
  readonly shape: Shape;
  readonly nodes: VariableNodes;
  /** Variables of one part are read and written together: a checkpoint of what changes does not read what does not. */
  readonly part: string;
}

export interface Variables {
  readonly names: readonly string[];
  read(names: readonly string[]): Map<string, Float32Array>;
  /** Values of other names are left alone. */
  write(values: ReadonlyMap<string, Float32Array>): void;
  /** To be called before the graph changes a variable. */
  forget(): void;
}

/** Feeds and results of one run together hold about this many bytes. */
const portionBytes = 32 * 2 ** 20;

/**
 * TensorFlow prepares each new set of feeds and fetches anew and remembers it, so variables are read and written in fixed portions. The
 * portion read last is kept: readers go through the table one tensor at a time.
 */
export function openVariables(model: TensorflowModel, variables: readonly Variable[]): Variables {
  const portions = portionsOf(variables);
  const portionOf = new Map(portions.flatMap((portion) => portion.map((variable) => [variable.name, portion])));
  let kept: { readonly portion: readonly Variable[]; readonly values: Map<string, Float32Array> } | undefined;

  function readPortion(portion: readonly Variable[]): Map<string, Float32Array> {
    if (kept?.portion === portion) return kept.values;
    const results = model.run(
      [],
      portion.map(({ nodes }) => nodes.read),
    );
    const values = new Map<string, Float32Array>();
    for (const [at, { name }] of portion.entries()) {
      const data = results[at]?.data;
      invariant(data instanceof Float32Array, `tensorflow gave no ${name}`);
      values.set(name, data);
    }
    kept = { portion, values };
    return values;
  }

  function writePortion(portion: readonly Variable[], values: ReadonlyMap<string, Float32Array>): void {
    const feeds = portion.map(({ name, shape, nodes }) => {
      const data = values.get(name);
      invariant(data !== undefined, `there is no value of ${name}`);
      invariant(data.length === elementCount(shape), `${name} has ${elementCount(shape)} elements, not ${data.length}`);
      return { node: nodes.value, value: { dtype: 'f32', shape, data } as const };
    });
    model.run(
      feeds,
      portion.map(({ nodes }) => nodes.assigned),
    );
  }

  return {
    names: variables.map(({ name }) => name),
    read(names) {
      return new Map(
        names.map((name) => {
          const portion = portionOf.get(name);
          invariant(portion, `there is no variable ${name}`);
          // A copy: the caller may keep it while others read on.
          return [name, Float32Array.from(readPortion(portion).get(name) ?? [])];
        }),
      );
    },
    write(values) {
      for (const name of values.keys()) invariant(portionOf.has(name), `there is no variable ${name}`);
      kept = undefined;
      for (const portion of portions) {
        const given = portion.filter(({ name }) => values.has(name));
        if (given.length === portion.length) writePortion(portion, values);
        else for (const variable of given) writePortion([variable], values);
      }
    },
    forget() {
      kept = undefined;
    },
  };
}

/** Neighbours of one part, as many as a portion takes, at least one. */
function portionsOf(variables: readonly Variable[]): readonly (readonly Variable[])[] {
  const portions: Variable[][] = [];
  const open = new Map<string, { readonly portion: Variable[]; bytes: number }>();
  for (const variable of variables) {
    const bytes = elementCount(variable.shape) * 4;
    const current = open.get(variable.part);
    if (current !== undefined && current.bytes + bytes <= portionBytes) {
      current.portion.push(variable);
      current.bytes += bytes;
      continue;
    }
    const portion = [variable];
    portions.push(portion);
    open.set(variable.part, { portion, bytes });
  }
  return portions;
}
