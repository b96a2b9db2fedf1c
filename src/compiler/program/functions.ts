import type { Program, ProgramFunction } from './program.ts';

/** Every function of a program, in the order in which a run first calls them. */
export function functionsOf(program: Program): ProgramFunction[] {
  return program.stages.flatMap((stage) => [
    ...(stage.constants === undefined ? [] : [stage.constants]),
    ...(stage.features === undefined ? [] : [stage.features]),
    // a stage that only evaluates or searches has no step
    ...(stage.step.graph.outputs.length === 0 ? [] : [stage.step]),
    ...[...stage.evaluations, ...(stage.search === undefined ? [] : [stage.search.evaluation])].flatMap(
      (evaluation) => [
        ...(evaluation.constants === undefined ? [] : [evaluation.constants]),
        ...(evaluation.samples === undefined ? [] : [evaluation.samples]),
        evaluation.metrics,
      ],
    ),
  ]);
}
