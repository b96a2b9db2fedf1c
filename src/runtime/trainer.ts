/**
 * Runs the stages of a program on a session, one after the other.
 * All that decides a number is a function of (program, seed, step); the clock only decides when a checkpoint is written.
 */
import { invariant } from '../compiler/common/invariant.ts';
import type { FigureContent } from './records/figures/figure-content.ts';
import type { Program } from '../compiler/program/program.ts';
import { withoutAverages } from './averages.ts';
import type { Session } from './backends/backend.ts';
import type { RunData } from './batch-source.ts';
import type { BestCheckpoint, Checkpoint, EvaluationResult, NamedTensor, UnplacedState } from './checkpoint.ts';
import type { RunEventBody } from './events.ts';
import { createFeeder } from './feeds.ts';
import { RunError } from './run-error.ts';
import { StageRun } from './stage-run.ts';

export type CheckpointReason = Extract<RunEventBody, { event: 'checkpoint' }>['reason'];

/** What the trainer needs of the world. */
export interface TrainRequest {
  readonly program: Program;
  readonly session: Session;
  readonly data: RunData;
  readonly seed: number;
  /** sha256 of each parameter that no stage changes, taken before the session was opened. */
  readonly frozenDigests: ReadonlyMap<string, string>;
  readonly emit: (event: RunEventBody) => void;
  /** Asked between steps and minibatches; true ends the run after a checkpoint. */
  readonly interrupted: () => boolean;
  readonly store: RunStore;
  readonly resume?: Checkpoint;
  /** New draws of these tensors, as they would start with other random numbers: `draw` names a restart, `#1`, or a sample, `@cat#1`. */
  readonly redraw: (names: ReadonlySet<string>, draw: string) => ReadonlyMap<string, Float32Array>;
  /** Folder of the feature cache; none keeps features in memory alone. */
  readonly cacheFolder?: string;
  /** Folder of the ends of stages; without it every stage is trained. */
  readonly stageFolder?: string;
  /** A checkpoint each so many steps, besides those by time. */
  readonly checkpointEvery?: number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

/** Where checkpoints, selected parameters and results go. */
export interface RunStore {
  saveCheckpoint(
    state: UnplacedState,
    parameters: readonly NamedTensor[],
    slots: ReadonlyMap<string, Float32Array>,
    reason: CheckpointReason,
  ): Promise<void>;
  saveBest(best: BestCheckpoint, parameters: readonly NamedTensor[]): Promise<void>;
  loadBest(best: BestCheckpoint): Promise<ReadonlyMap<string, Float32Array>>;
  /** What was optimised for one sample, `at` from 0. */
  saveSample(sample: { readonly at: number; readonly name: string; readonly step: number }, parameters: readonly NamedTensor[]): Promise<void>; // prettier-ignore
  /** What a figure shows; `id` is unique within the run. */
  saveFigure(id: string, content: FigureContent): Promise<void>;
  saveResults(results: readonly EvaluationResult[]): Promise<void>;
  /** Tells how far the run is, at checkpoints. */
  progress(stage: string, step: number, steps: number, best: BestCheckpoint | undefined): Promise<void>;
}

export interface TrainOutcome {
  readonly status: 'complete' | 'interrupted';
  /** Steps of all stages that were done, earlier sittings included. */
  readonly steps: number;
  readonly results: readonly EvaluationResult[];
}

/** Throws RunError; what was reached until then is in the last checkpoint. */
export async function train(request: TrainRequest): Promise<TrainOutcome> {
  const { program, session, resume } = request;
  const gathering = program.stages.find(({ accumulate = 1 }) => accumulate > 1);
  if (gathering !== undefined && session.accumulates !== true) {
    throw new RunError('user', 'CX8246', `the stage ${gathering.name} accumulates gradients, which ${session.info.name} does not do yet`, {
      help: 'choose `--backend onnxruntime-node`, or a larger batch without `accumulate:`',
    }); // prettier-ignore
  }
  let runStep = resume?.state.runStep ?? 0;
  let counter = resume?.state.counter ?? runStep;
  let earlier = resume?.state.earlier ?? [];
  if (resume?.state.finished === true) {
    return { status: 'complete', steps: runStep, results: [...earlier, ...resume.state.results] };
  }
  const first = resume === undefined ? 0 : program.stages.findIndex(({ name }) => name === resume.state.stage);
  invariant(first >= 0, `the program has no stage ${resume?.state.stage}`);
  if (resume !== undefined) {
    await session.writeParameters(resume.parameters);
    // a stage begins with slots of its own, also where the run was left between two
    await session.writeSlots(resume.state.step === 0 ? new Map() : withoutAverages(resume.slots));
  }
  const feeder = createFeeder(request.data, request.seed);
  for (const stage of program.stages.slice(first)) {
    const atCheckpoint = stage.name === resume?.state.stage ? resume : undefined;
    const run = new StageRun(request, feeder, stage, { runStep, counter, earlier, resume: atCheckpoint });
    const status = await run.run();
    runStep = run.runStep;
    counter = run.counter;
    earlier = [...earlier, ...run.results];
    await request.store.saveResults(earlier);
    if (status === 'interrupted') return { status, steps: runStep, results: earlier };
  }
  return { status: 'complete', steps: runStep, results: earlier };
}
