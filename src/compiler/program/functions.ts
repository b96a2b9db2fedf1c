import type { Evaluation, Program, ProgramFunction } from './program.ts';

/** Every function of a program, in the order in which a run first calls them. */
export function functionsOf(program: Program): ProgramFunction[] {
  return program.stages.flatMap((stage) => [
    ...(stage.dataValues ?? []).flatMap(functionsOfEvaluation),
    ...(stage.constants === undefined ? [] : [stage.constants]),
    ...(stage.features === undefined ? [] : [stage.features]),
    ...(stage.starts === undefined ? [] : [stage.starts]),
    // a stage that only evaluates or searches has no step
    ...(stage.step.graph.outputs.length === 0 ? [] : [stage.step]),
    ...[...stage.evaluations, ...(stage.search === undefined ? [] : [stage.search.evaluation])].flatMap(
      functionsOfEvaluation,
    ),
  ]);
}

const functionsOfEvaluation = ({
  constants,
  samples,
  metrics,
  texts,
}: Pick<Evaluation, 'constants' | 'samples' | 'metrics' | 'texts'>): ProgramFunction[] => [
  ...(constants === undefined ? [] : [constants]),
  ...(samples === undefined ? [] : [samples]),
  metrics,
  ...(texts?.generations ?? []).flatMap((generation) => [
    ...(generation.constants === undefined ? [] : [generation.constants]),
    ...(generation.samples === undefined ? [] : [generation.samples]),
    generation.scores,
  ]),
];
