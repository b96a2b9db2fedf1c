/**
 * Runs the stages of a program on a session: batches, cached features, schedules, evaluations, selection, proofs and checkpoints.
 * All that decides a number is a function of (program, seed, step); the clock only decides when a checkpoint is written.
 */
import { invariant } from '../compiler/common/invariant.ts';
import { changingParameters } from '../compiler/program/changing-parameters.ts';
import type { Evaluation, ParameterTensor, Program, Stage } from '../compiler/program/program.ts';
import type { Session } from './backends/backend.ts';
import type { BatchSource, RunData } from './batch-source.ts';
import { prepareFeatures } from './cache/feature-table.ts';
import type { FeatureTable } from './cache/feature-table.ts';
import type { BestCheckpoint, Checkpoint, EvaluationResult, NamedTensor, UnplacedState } from './checkpoint.ts';
import { constantsById, rehearse } from './evaluator.ts';
import type { EvaluationRequest } from './evaluator.ts';
import type { RunEventBody } from './events.ts';
import { columnsRead, createFeeder, reads } from './feeds.ts';
import type { Feeder, Tensors } from './feeds.ts';
import { digestParameters, listNames, nonfiniteError, verifyFrozen } from './proofs.ts';
import { stream } from './random.ts';
import { rateAt, weightAt } from './schedule.ts';
import { StageEvaluations } from './stage-evaluations.ts';
import { changedBy, checkStage, finiteOrNull, lengthOfStage, planEvent, termValues } from './stage-plan.ts';
import type { StageLength } from './stage-plan.ts';

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
  /** Folder of the feature cache; none keeps features in memory alone. */
  readonly cacheFolder?: string;
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

/** Checkpoints by time: at least this long apart, and never more than a twentieth of the time goes into them. */
const checkpointInterval = 20_000;
const checkpointShare = 20;

/** Where a stage begins: at its first step, or where a checkpoint left it. */
interface StageStart {
  readonly runStep: number;
  readonly earlier: readonly EvaluationResult[];
  readonly resume: Checkpoint | undefined;
}

/** Throws RunError; what was reached until then is in the last checkpoint. */
export async function train(request: TrainRequest): Promise<TrainOutcome> {
  const { program, session, resume } = request;
  let runStep = resume?.state.runStep ?? 0;
  let earlier = resume?.state.earlier ?? [];
  if (resume?.state.finished === true) {
    return { status: 'complete', steps: runStep, results: [...earlier, ...resume.state.results] };
  }
  const first = resume === undefined ? 0 : program.stages.findIndex(({ name }) => name === resume.state.stage);
  invariant(first >= 0, `the program has no stage ${resume?.state.stage}`);
  if (resume !== undefined) {
    await session.writeParameters(resume.parameters);
    await session.writeSlots(resume.slots);
  }
  const feeder = createFeeder(request.data, request.seed);
  for (const stage of program.stages.slice(first)) {
    const atCheckpoint = stage.name === resume?.state.stage ? resume : undefined;
    const run = new StageRun(request, feeder, stage, { runStep, earlier, resume: atCheckpoint });
    const status = await run.run();
    runStep = run.runStep;
    earlier = [...earlier, ...run.results];
    await request.store.saveResults(earlier);
    if (status === 'interrupted') return { status, steps: runStep, results: earlier };
  }
  return { status: 'complete', steps: runStep, results: earlier };
}

/** Thrown where a long piece of work is left because the run shall stop. */
class Interruption extends Error {}

class StageRun {
  readonly #request: TrainRequest;
  readonly #feeder: Feeder;
  readonly #stage: Stage;
  readonly #start: StageStart;
  readonly #sources = new Map<string, BatchSource>();
  readonly #tables = new Map<string, FeatureTable>();
  readonly #changing: readonly ParameterTensor[];
  readonly #clockStart: number;
  #length: StageLength = { steps: 0, stepsPerEpoch: 1 };
  #constants: Tensors = {};
  /** Digests of every changing tensor when the stage began. */
  #started: ReadonlyMap<string, string>;
  #evaluations: StageEvaluations | undefined;
  /** Steps of this stage that are done. */
  #step: number;
  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;
  #lastCheckpoint: number;
  #checkpointCost = 0;
  runStep: number;

  constructor(request: TrainRequest, feeder: Feeder, stage: Stage, start: StageStart) {
    this.#request = request;
    this.#feeder = feeder;
    this.#stage = stage;
    this.#start = start;
    this.#changing = changingParameters(request.program);
    this.#step = start.resume?.state.step ?? 0;
    this.#started = new Map(Object.entries(start.resume?.state.started ?? {}));
    this.#clockStart = request.clock();
    this.#lastCheckpoint = this.#clockStart;
    this.runStep = start.runStep;
  }

  get results(): readonly EvaluationResult[] {
    return this.#evaluations?.results ?? [];
  }

  async run(): Promise<'complete' | 'interrupted'> {
    try {
      await this.#prepare();
      await this.#trainSteps();
      const moved = await this.#countMoved();
      await this.#evaluations?.runFinal(this.#length.steps);
      await this.#certify(moved);
      await this.#checkpoint('end');
      return 'complete';
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      await this.#checkpoint('interrupt');
      return 'interrupted';
    }
  }

  /** Everything that can fail without training fails here: data, constants, features, and a minibatch of each evaluation. */
  async #prepare(): Promise<void> {
    const { program, session, emit, store } = this.#request;
    const stage = this.#stage;
    checkStage(program, stage);
    const source = stage.data === undefined ? undefined : await this.#open(stage.data);
    this.#length = lengthOfStage(stage, source);
    if (this.#started.size === 0)
      this.#started = await digestParameters(
        session,
        this.#changing.map(({ name }) => name),
      );
    this.#evaluations = new StageEvaluations({
      program,
      stage,
      stepsPerEpoch: this.#length.stepsPerEpoch,
      emit,
      prepare: (evaluation) => this.#evaluationRequest(evaluation),
      readChanging: () => this.#readChanging(),
      writeParameters: (values) => session.writeParameters(values),
      saveBest: (best, parameters) => store.saveBest(best, parameters),
      loadBest: (best) => store.loadBest(best),
      best: this.#start.resume?.state.best,
      selected: this.#start.resume?.state.selected,
      results: this.#start.resume?.state.results ?? [],
    });
    emit(planEvent(program, stage, this.#length));
    if (stage.constants !== undefined) {
      const results = await session.call(stage.constants.id, await this.#feeder.feeds(stage.constants, {}));
      this.#constants = constantsById(stage.constants.outputs, results);
    }
    await source?.prepare?.(columnsRead(stage.step));
    if (reads(stage.step, 'feature')) await this.#features(stage.data ?? '');
    for (const evaluation of stage.evaluations) await rehearse(await this.#evaluationRequest(evaluation));
  }

  async #trainSteps(): Promise<void> {
    const { emit, clock } = this.#request;
    const { steps, stepsPerEpoch } = this.#length;
    let epochStart = clock();
    let next = this.#loadBatch(this.#step);
    try {
      for (;;) {
        await this.#evaluations?.runDue(this.#step);
        if (this.#step >= steps) return;
        if (this.#isCheckpointDue()) await this.#checkpoint('interval');
        this.#stopIfAsked();
        const started = clock();
        const columns = (await next) ?? {};
        // Decoding goes on in other threads while the engine holds this one.
        next = this.#loadBatch(this.#step + 1);
        await this.#oneStep(columns, started);
        if (this.#step % stepsPerEpoch === 0) {
          emit({
            event: 'epoch',
            stage: this.#stage.name,
            epoch: this.#step / stepsPerEpoch,
            ms: clock() - epochStart,
          });
          epochStart = clock();
        }
      }
    } finally {
      // Where the run ends, a fault in the batch that was begun is nobody's.
      next?.catch(() => undefined);
    }
  }

  #loadBatch(step: number): Promise<Tensors> | undefined {
    const { data, step: fn } = this.#stage;
    const columns = columnsRead(fn);
    if (data === undefined || columns.length === 0 || step >= this.#length.steps) return undefined;
    const source = this.#sources.get(data);
    const batch = source?.batch(this.#indices(step), columns, this.#epochOf(step));
    // It is awaited one step later; until then a rejection is not unhandled.
    batch?.catch(() => undefined);
    return batch;
  }

  async #oneStep(columns: Tensors, started: number): Promise<void> {
    const { program, session, emit, clock } = this.#request;
    const stage = this.#stage;
    const { steps, stepsPerEpoch } = this.#length;
    const features = reads(stage.step, 'feature') ? this.#tables.get(stage.data ?? '')?.batch(this.#indices(this.#step)) : undefined; // prettier-ignore
    const feeds = await this.#feeder.feeds(stage.step, {
      columns,
      constants: this.#constants,
      weights: this.#weights(),
      counter: this.runStep,
      ...(features === undefined ? {} : { features }),
    });
    const rate = rateAt(stage.schedule, this.#step, steps, stepsPerEpoch);
    const { outputs, gradientNorm, nonfinite } = await session.step(stage.name, feeds, {
      update: this.#step + 1,
      rate,
    });

    const byTerm = new Map<string, number>();
    let total = NaN;
    for (const [output, source] of Object.entries(stage.step.outputs)) {
      if (source.kind === 'term') byTerm.set(source.name, outputs[output]?.data[0] ?? NaN);
      else if (source.kind === 'total') total = outputs[output]?.data[0] ?? NaN;
    }
    const terms = stage.terms.map(({ name }) => ({ name, value: byTerm.get(name) ?? NaN }));
    const faulty = [
      ...terms.filter(({ value }) => !Number.isFinite(value)).map(({ name }) => name),
      ...(Number.isFinite(total) ? [] : ['total']),
      ...(nonfinite ?? []).map((name) => `gradient of ${name}`),
    ];
    emit({
      event: 'step',
      stage: stage.name,
      step: this.#step + 1,
      epoch: this.#epochOf(this.#step) + 1,
      total: finiteOrNull(total),
      terms: termValues(stage, (name) => byTerm.get(name) ?? NaN, this.#step, stepsPerEpoch),
      learningRate: rate * (stage.groups[0]?.learningRate ?? 0),
      gradientNorm: finiteOrNull(gradientNorm),
      ms: clock() - started,
      ...(faulty.length === 0 ? {} : { nonfinite: faulty }),
    });
    if (faulty.length > 0) {
      const step = { stage, step: this.#step + 1, terms, total, gradients: nonfinite ?? [] };
      throw await nonfiniteError(step, session, program.parameters);
    }
    this.#step++;
    this.runStep++;
  }

  #weights(): Record<string, number> {
    const entries = this.#stage.terms.flatMap(({ weight }) =>
      weight.name === undefined
        ? []
        : [[weight.name, weightAt(weight, this.#step, this.#length.stepsPerEpoch)] as const],
    );
    return Object.fromEntries(entries);
  }

  #epochOf(step: number): number {
    return Math.floor(step / this.#length.stepsPerEpoch);
  }

  /** Samples of a step: a new shuffle each epoch, its last short batch left out. */
  #indices(step: number): Uint32Array {
    const data = this.#stage.data ?? '';
    const epoch = this.#epochOf(step);
    if (this.#order?.epoch !== epoch) {
      const count = this.#sources.get(data)?.count ?? 0;
      this.#order = { epoch, indices: stream(this.#request.seed, `shuffle:${data}`).permutation(count, epoch) };
    }
    const from = (step % this.#length.stepsPerEpoch) * this.#stage.batch;
    return this.#order.indices.slice(from, from + this.#stage.batch);
  }

  async #open(data: string): Promise<BatchSource> {
    const known = this.#sources.get(data) ?? (await this.#request.data.open(data));
    this.#sources.set(data, known);
    return known;
  }

  async #features(data: string): Promise<FeatureTable> {
    const known = this.#tables.get(data);
    if (known !== undefined) return known;
    const { session, emit, cacheFolder } = this.#request;
    const fn = this.#stage.features;
    invariant(fn, `stage ${this.#stage.name} reads features and has no function for them`);
    const table = await prepareFeatures({
      session,
      fn,
      source: await this.#open(data),
      feeder: this.#feeder,
      constants: this.#constants,
      frozenDigests: this.#frozenHere(),
      ...(cacheFolder === undefined ? {} : { folder: cacheFolder }),
      progress: this.#progressOf(`features of ${data}`),
      warn: (message) => emit({ event: 'warning', code: 'CX8271', message }),
    });
    emit({ event: 'cache', hits: table.hits, misses: table.misses, bytes: table.bytes });
    this.#tables.set(data, table);
    return table;
  }

  async #evaluationRequest(evaluation: Evaluation): Promise<EvaluationRequest> {
    const wantsFeatures = reads(evaluation.samples, 'feature') || reads(evaluation.metrics, 'feature');
    return {
      session: this.#request.session,
      evaluation,
      source: await this.#open(evaluation.data),
      feeder: this.#feeder,
      constants: this.#constants,
      features: wantsFeatures ? await this.#features(evaluation.data) : undefined,
      weights: this.#weights(),
      progress: this.#progressOf(`evaluation ${evaluation.name}`),
    };
  }

  #progressOf(task: string): (done: number, total: number) => void {
    return (done, total) => {
      this.#request.emit({ event: 'progress', task, done, total });
      this.#stopIfAsked();
    };
  }

  #stopIfAsked(): void {
    if (this.#request.interrupted()) throw new Interruption();
  }

  // ── proofs ─────────────────────────────────────────────────────────

  /** Trainable tensors that differ from the start of the stage. One that does not is worth a warning: its gradient was always zero. */
  async #countMoved(): Promise<number> {
    const { trainable } = this.#stage;
    const now = await digestParameters(this.#request.session, trainable);
    const still = trainable.filter((name) => now.get(name) === this.#started.get(name));
    if (still.length > 0) {
      this.#request.emit({
        event: 'warning',
        code: 'CX8232',
        message: `trainable, but never moved: ${listNames(still)}`,
      });
    }
    return trainable.length - still.length;
  }

  /** Digests of all that this stage must not change: what never trains, and what other stages train. */
  #frozenHere(): Map<string, string> {
    const changed = changedBy(this.#stage);
    return new Map([...this.#request.frozenDigests, ...[...this.#started].filter(([name]) => !changed.has(name))]);
  }

  async #certify(moved: number): Promise<void> {
    const { session, emit } = this.#request;
    const expected = this.#frozenHere();
    const verified = await verifyFrozen(session, expected);
    emit({ event: 'certificate', frozen: expected.size, verified, trained: this.#stage.trainable.length, moved });
  }

  // ── checkpoints ────────────────────────────────────────────────────

  #isCheckpointDue(): boolean {
    const { clock, checkpointEvery } = this.#request;
    if (checkpointEvery !== undefined && this.#step > 0 && this.#step % checkpointEvery === 0) return true;
    return clock() - this.#lastCheckpoint >= Math.max(checkpointInterval, checkpointShare * this.#checkpointCost);
  }

  async #readChanging(): Promise<NamedTensor[]> {
    const values = await this.#request.session.readParameters(this.#changing.map(({ name }) => name));
    return this.#changing.map(({ name, shape }) => ({ name, shape, data: values.get(name) ?? new Float32Array() }));
  }

  /** The end of a stage is the beginning of the next; that of the last one is the end of the run. */
  #place(
    reason: CheckpointReason,
  ): Pick<
    UnplacedState,
    'stage' | 'step' | 'steps' | 'started' | 'results' | 'earlier' | 'best' | 'selected' | 'finished'
  > {
    // prettier-ignore
    const { stages } = this.#request.program;
    const next = stages[stages.indexOf(this.#stage) + 1];
    const { earlier } = this.#start;
    if (reason === 'end' && next !== undefined) {
      return { stage: next.name, step: 0, steps: 0, started: {}, results: [], earlier: [...earlier, ...this.results] };
    }
    const { best, selected } = this.#evaluations ?? {};
    return {
      stage: this.#stage.name,
      step: this.#step,
      steps: this.#length.steps,
      started: Object.fromEntries(this.#started),
      results: this.#evaluations?.resumable ?? [],
      earlier,
      ...(best === undefined ? {} : { best }),
      ...(selected === undefined ? {} : { selected }),
      ...(reason === 'end' ? { finished: true } : {}),
    };
  }

  async #checkpoint(reason: CheckpointReason): Promise<void> {
    const { program, session, seed, store, clock, frozenDigests } = this.#request;
    const started = clock();
    const state = {
      semantic: program.digests.semantic,
      seed,
      backend: `${session.info.name} ${session.info.version}`,
      runStep: this.runStep,
      frozen: Object.fromEntries(frozenDigests),
      ...this.#place(reason),
    };
    await store.saveCheckpoint(state, await this.#readChanging(), await session.readSlots(), reason);
    await store.progress(this.#stage.name, this.#step, this.#length.steps, this.#evaluations?.best);
    this.#lastCheckpoint = clock();
    this.#checkpointCost = this.#lastCheckpoint - started;
  }
}
