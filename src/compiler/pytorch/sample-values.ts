/** Values of each sample by itself that functions of a stage read under a name: computed ahead of them, once a stage or a minibatch at a time. */
import type { Typed } from '../check/typed.ts';
import { BatchUse } from './batch-axis.ts';
import { Body } from './body.ts';
import type { Surroundings } from './body-surroundings.ts';
import { ordered } from './located-code.ts';
import { atom, docstring, listed, text } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import type { WrittenFunction } from './written-function.ts';

const indent = '    ';

/** By the name that functions find them under in a batch. */
export type SampleValues = ReadonlyMap<string, Typed>;

/**
 * What parts that do not train make of the samples, as far up the formulas of `roots` as it goes: it is the same at every step. `drawn`: columns
 * that are read anew at every epoch.
 */
export function frozenValues(roots: readonly Typed[], source: StageSource, drawn: ReadonlySet<string>): SampleValues {
  return cut(roots, source, (typed) => isFrozen(typed, source, drawn));
}

/** What parts make of each sample by itself, as far up the formulas of `roots` as it goes: all that an evaluation needs a model for. */
export function valuesOfSamples(roots: readonly Typed[], source: StageSource): SampleValues {
  return cut(roots, source, () => true);
}

/** Values of samples that a part makes, and that are wanted, as far up the formulas as it goes. */
export function cut(roots: readonly Typed[], source: StageSource, wanted: (typed: Typed) => boolean): SampleValues {
  const use = new BatchUse();
  const found = new Map<string, { readonly typed: Typed; readonly order: number }>();
  const taken = new Set(source.checked.columns.map(({ name }) => name));
  const seen = new Set<number>();
  const visit = (typed: Typed): void => {
    const key = source.keys.of(typed);
    // texts are generated and compared beside the metrics
    if (seen.has(key) || source.constants.has(key) || typed.op === 'text_measure') return;
    seen.add(key);
    const named = source.lets.get(key);
    const isCut = source.isCall(typed) || (named !== undefined && hasCall(typed));
    if (isCut && isOfSamples(typed) && use.isLocal(typed) && wanted(typed)) {
      const base = named?.name ?? source.wordOf(typed);
      let name = base;
      for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
      taken.add(name);
      found.set(name, { typed, order: named?.order ?? Infinity });
      return;
    }
    // what a tensor starts from is no part of it
    source.readsOf(typed).forEach(visit);
  };
  roots.forEach(visit);
  const inOrder = [...found].sort(([, a], [, b]) => a.order - b.order);
  return new Map(inOrder.map(([name, { typed }]) => [name, typed]));
}

const hasCall = (typed: Typed): boolean =>
  typed.op === 'call' || (typed.op !== 'parameter' && typed.args.some(hasCall));

/** A row for each sample. */
const isOfSamples = (typed: Typed): boolean => typed.type.element !== 'text' && typed.type.axes[0]?.id === 'batch';

/** Whether it is the same at every step: of columns, those that training does not draw. */
const isFrozen = (typed: Typed, source: StageSource, drawn: ReadonlySet<string>): boolean =>
  source.isStill(typed, (each) => each.op === 'column' && drawn.has(each.attributes.column));

/** Surroundings in which these values are in the batch. */
export function knowing(base: Surroundings, { keys }: StageSource, ...known: readonly SampleValues[]): Surroundings {
  const names = new Map(known.flatMap((values) => [...values].map(([name, typed]) => [keys.of(typed), name] as const)));
  if (names.size === 0) return base;
  return {
    ...base,
    given: (body, typed) => {
      const name = names.get(keys.of(typed));
      if (name === undefined) return base.given(body, typed);
      const located = { code: atom(`batch[${text(name)}]`), axes: typed.type.axes };
      body.hold(located);
      return located;
    },
  };
}

/** A function of these values; nothing where there are none. */
export function writeValues(name: string, title: string, values: SampleValues, around: Surroundings): WrittenFunction | undefined {
  if (values.size === 0) return undefined;
  const body = Body.written(around, [], (each) => {
    const entries = [...values].map(([own, typed]) => {
      const made = ordered(each.value(typed), typed.type.axes);
      const isName = /^[\p{ID_Continue}]+$/u.test(made.code.text);
      const { code } = isName ? made : each.assign(each.names.fresh(own), { ...made, code: each.tensor(made.code) });
      return `${text(own)}: ${code.text}`;
    });
    each.lines.push(...listed('return {', entries, '}', indent));
  });
  const lines = [
    `def ${name}(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:`,
    ...docstring([title], indent),
    ...body.lines,
  ];
  return { name, lines, functions: body.functions, modules: body.modules };
} // prettier-ignore
