import type { Evaluation } from './evaluation.ts';
import type { Program } from './program.ts';
import type { ProgramFunction } from './program-function.ts';
import type { Stage } from './stage.ts';

/** Every function of a program, in the order in which a run first calls them. */
export function functionsOf(program: Program): ProgramFunction[] {
  return program.stages.flatMap((stage) => [
    ...(stage.dataValues ?? []).flatMap(functionsOfEvaluation),
    ...(stage.constants === undefined ? [] : [stage.constants]),
    ...(stage.features === undefined ? [] : [stage.features]),
    ...(stage.starts === undefined ? [] : [stage.starts]),
    // a stage that only evaluates or searches has no step
    ...stepFunctions(stage),
    ...[...stage.evaluations, ...(stage.search === undefined ? [] : [stage.search.evaluation])].flatMap(
      functionsOfEvaluation,
    ),
    ...(stage.figures ?? []).flatMap(functionsOfEvaluation),
  ]);
}

const functionsOfEvaluation = ({
  constants,
  samples,
  metrics,
  texts,
}: Pick<Evaluation, 'constants' | 'samples' | 'metrics'> & Partial<Pick<Evaluation, 'texts'>>): ProgramFunction[] => [
  ...(constants === undefined ? [] : [constants]),
  ...(samples === undefined ? [] : [samples]),
  metrics,
  ...(texts?.generations ?? []).flatMap((generation) => [
    ...(generation.constants === undefined ? [] : [generation.constants]),
    ...(generation.samples === undefined ? [] : [generation.samples]),
    generation.scores,
  ]),
];

/** What a training step calls, in its order: one function, or those of a step in chunks. */
export function stepFunctions({
  chunk,
  step,
}: {
  readonly step: Stage['step'];
  readonly chunk?: Stage['chunk'] | undefined;
}): ProgramFunction[] {
  if (step.graph.outputs.length === 0) return [];
  return chunk === undefined ? [step] : [chunk.encode, chunk.loss, step];
}
