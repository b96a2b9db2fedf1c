import type { Program, ProgramFunction } from './program.ts';

/** Every function of a program, in the order in which a run first calls them. */
export function functionsOf(program: Program): ProgramFunction[] {
  return program.stages.flatMap((stage) => [
    ...(stage.constants === undefined ? [] : [stage.constants]),
    ...(stage.features === undefined ? [] : [stage.features]),
    stage.step,
    ...stage.evaluations.flatMap((evaluation) => [
      ...(evaluation.constants === undefined ? [] : [evaluation.constants]),
      ...(evaluation.samples === undefined ? [] : [evaluation.samples]),
      evaluation.metrics,
    ]),
  ]);
}
