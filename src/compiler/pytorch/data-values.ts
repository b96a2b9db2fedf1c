/** `e on d`: values over whole data sets, worked out as the metrics of an evaluation are and read as constants. */
import type { CheckedEvaluation } from '../check/checked.ts';
import type { Typed } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import type { StageSource } from './stage-source.ts';

/** The values of one set that are worked out together. */
export interface WholeValues {
  /** As a function over this part of a vocabulary sees them. */
  readonly part: StageSource;
  /** By the name of each, what it is of the samples at hand. */
  readonly evaluation: CheckedEvaluation;
  /** Axes of each, with the samples where the others expect them. */
  readonly order: ReadonlyMap<string, readonly Axis[]>;
}

/** Those first that others read. */
export function wholeValues(source: StageSource): WholeValues[] {
  const { dataValues = [], batch } = source.stage;
  return dataValues.flatMap(({ name, data, metrics }): WholeValues[] => {
    const ids = Object.values(metrics.outputs).flatMap((output) => (output.kind === 'constant' ? [output.id] : []));
    for (const part of source.parts) {
      const found = [...part.dataValues].filter(([, id]) => ids.includes(id));
      const [first] = found;
      if (first === undefined) continue;
      const values = found.flatMap(([whole, id]) => whole.args.slice(0, 1).map((typed) => ({ id, whole, typed })));
      return [
        {
          part,
          evaluation: {
            name,
            data,
            metrics: values.map(({ id, typed }) => ({ name: id, formula: '', typed, span: typed.span })),
            batch,
            span: first[0].span,
            ...(part.over === undefined ? {} : { over: part.over }),
          },
          order: new Map(values.map(({ id, whole, typed }) => [id, axesOf(whole, typed)])),
        },
      ];
    }
    return [];
  });
}

/** The axes of the value without its set, in the order of those with it. */
function axesOf(whole: Typed, typed: Typed): readonly Axis[] {
  if (whole.op !== 'on_data') return typed.type.axes;
  const samples = `on ${whole.attributes.data}`;
  return whole.type.axes.flatMap((axis) =>
    typed.type.axes.filter(({ id }) => (id === 'batch' ? axis.id === samples : axis.id === id)),
  );
}
