/** What figures show, worked out at the end of a stage or on the way. */
import { figureEvaluations, type FigureEvaluation } from '../check/figure-evaluations.ts';
import { sameNarrowing } from '../check/narrowed.ts';
import { Body } from './body.ts';
import { measuredFeeds, type Feed } from './feeds.ts';
import { ordered } from './located-code.ts';
import { docstring, listed, text } from './python-code.ts';
import { pythonName } from './python-names.ts';
import type { StageSource } from './stage-source.ts';
import { surroundings } from './surroundings.ts';
import { Unsupported } from './unsupported.ts';
import type { WrittenFunction } from './written-function.ts';

const indent = '    ';

export interface WrittenFigure {
  /** As the program calls it, and its functions: `figure maps`. */
  readonly name: string;
  readonly written: WrittenFunction;
  readonly feeds: readonly Feed[];
}

/** Those of a stage whose values are written; the others are left out of its runs. */
export function writeFigures(stage: StageSource): readonly WrittenFigure[] {
  const counts = new Map(stage.program.stages.flatMap((each) => (each.figures ?? []).map(({ data, count }) => [data, count] as const))); // prettier-ignore
  return figureEvaluations(stage.checked, stage.stage.name, (data) => counts.get(data) ?? 1).flatMap((figure) => {
    const own = stage.stage.figures?.find(({ name }) => name === figure.evaluation.name);
    return own === undefined ? [] : (writeFigure(stage, figure, own.count) ?? []);
  });
}

/** Nothing where a value is not written for PyTorch: a figure keeps no run from being trained. */
function writeFigure(stage: StageSource, { evaluation, over }: FigureEvaluation, count: number): WrittenFigure | undefined {
  const source = stage.under(over);
  if (!sameNarrowing(source.over, over)) return undefined;
  let isRefused = false;
  const around = { ...surroundings(source, 'evaluation'), refuse: () => void (isRefused = true) };
  try {
    const body = Body.written(around, [], (each) => {
      const entries = evaluation.metrics.map(({ name, typed }) => {
        const made = ordered(each.expression(typed), typed.type.axes);
        const value = each.assign(each.names.fresh('shown'), { code: each.tensor(made.code), axes: typed.type.axes });
        each.know(typed, value);
        return `${text(name)}: ${value.code.text}`;
      });
      each.lines.push(...listed('return {', entries, '}', indent));
    });
    if (isRefused) return undefined;
    const name = pythonName(evaluation.name);
    const lines = [
      `def ${name}(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:`,
      ...docstring([`What the ${evaluation.name} shows of some samples.`], indent),
      ...body.lines,
    ];
    const written = { name, lines, functions: body.functions, modules: body.modules };
    return { name: evaluation.name, written, feeds: measuredFeeds(source, evaluation.metrics.map(({ typed }) => typed), count) };
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
} // prettier-ignore
