/**
 * Runs the stages of a program on a session: batches, cached features, schedules, evaluations, selection, proofs and checkpoints.
 * All that decides a number is a function of (program, seed, step); the clock only decides when a checkpoint is written.
 */
import { invariant } from '../compiler/common/invariant.ts';
import { graphInputs } from '../compiler/ir/graph.ts';
import type { Evaluation, Program, Stage } from '../compiler/program/program.ts';
import { elementCount } from '../compiler/types/dtype.ts';
import { changingParameters } from './backends/host-session.ts';
import type { Session } from './backends/backend.ts';
import type { BatchSource, RunData } from './batch-source.ts';
import { prepareFeatures } from './cache/feature-table.ts';
import type { FeatureTable } from './cache/feature-table.ts';
import type { BestCheckpoint, Checkpoint, EvaluationResult, NamedTensor, UnplacedState } from './checkpoint.ts';
import { tensorDigest } from './digest.ts';
import { constantsById, evaluate, rehearse } from './evaluator.ts';
import type { EvaluationRequest } from './evaluator.ts';
import type { RunEventBody, TermValue } from './events.ts';
import { columnsRead, createFeeder, reads } from './feeds.ts';
import type { Feeder, Tensors } from './feeds.ts';
import { stream } from './random.ts';
import { RunError } from './run-error.ts';
import { durationInSteps, rateAt, weightAt } from './schedule.ts';

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
  /** Asked between steps; true ends the run after a checkpoint. */
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
    state: Omit<UnplacedState, 'events'>,
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

export async function train(request: TrainRequest): Promise<TrainOutcome> {
  const { program, resume } = request;
  const feeder = createFeeder(request.data, request.seed);
  const first = resume === undefined ? 0 : program.stages.findIndex(({ name }) => name === resume.state.stage);
  invariant(first >= 0, `the program has no stage ${resume?.state.stage}`);
  let runStep = resume?.state.runStep ?? 0;
  let earlier = resume?.state.earlier ?? [];
  if (resume?.state.finished === true) {
    return { status: 'complete', steps: runStep, results: [...earlier, ...resume.state.results] };
  }
  if (resume !== undefined) {
    await request.session.writeParameters(resume.parameters);
    await request.session.writeSlots(resume.slots);
  }
  for (const [index, stage] of program.stages.entries()) {
    if (index < first) continue;
    const run = new StageRun(request, feeder, stage, runStep, earlier, index === first ? resume : undefined);
    const done = await run.run();
    runStep = run.runStep;
    earlier = [...earlier, ...run.results];
    await request.store.saveResults(earlier);
    if (!done) return { status: 'interrupted', steps: runStep, results: earlier };
  }
  return { status: 'complete', steps: runStep, results: earlier };
}

class StageRun {
  readonly #request: TrainRequest;
  readonly #feeder: Feeder;
  readonly #stage: Stage;
  readonly #earlier: readonly EvaluationResult[];
  readonly #sources = new Map<string, BatchSource>();
  readonly #tables = new Map<string, FeatureTable>();
  readonly #changing: ReturnType<typeof changingParameters>;
  #constants: Tensors = {};
  #started = new Map<string, string>();
  #best: BestCheckpoint | undefined;
  #step: number;
  #steps = 0;
  #stepsPerEpoch = 1;
  #elapsed: number;
  readonly #clockStart: number;
  #lastCheckpoint: number;
  #checkpointCost = 0;
  runStep: number;
  results: EvaluationResult[];

  constructor(
    request: TrainRequest,
    feeder: Feeder,
    stage: Stage,
    runStep: number,
    earlier: readonly EvaluationResult[],
    resume: Checkpoint | undefined,
  ) {
    this.#request = request;
    this.#feeder = feeder;
    this.#stage = stage;
    this.#earlier = earlier;
    this.#changing = changingParameters(request.program);
    this.#step = resume?.state.step ?? 0;
    this.#best = resume?.state.best;
    this.results = [...(resume?.state.results ?? [])];
    this.#started = new Map(Object.entries(resume?.state.started ?? {}));
    this.#elapsed = resume?.state.elapsed ?? 0;
    this.#clockStart = request.clock();
    this.#lastCheckpoint = this.#clockStart;
    this.runStep = runStep;
  }

  /** False where it was interrupted. */
  async run(): Promise<boolean> {
    const { session, emit } = this.#request;
    const stage = this.#stage;
    checkStage(this.#request.program, stage);
    const source = stage.data === undefined ? undefined : await this.#open(stage.data);
    this.#plan(source);
    await source?.prepare?.(columnsRead(stage.step));
    if (this.#step === 0) this.#started = await this.#digests(this.#changing.map(({ name }) => name));
    if (stage.constants !== undefined) {
      const feeds = await this.#feeder.feeds(stage.constants, {});
      this.#constants = constantsById(stage.constants.outputs, await session.call(stage.constants.id, feeds));
    }
    emit(this.#planEvent());
    const features =
      source !== undefined && reads(stage.step, 'feature') ? await this.#features(stage.data ?? '') : undefined;
    for (const evaluation of stage.evaluations) await rehearse(await this.#evaluationRequest(evaluation));
    if (!(await this.#trainSteps(source, features))) return false;
    const moved = await this.#countMoved();
    await this.#finalEvaluations();
    const verified = await this.#verifyFrozen();
    const trained = stage.trainable.length;
    emit({ event: 'certificate', frozen: verified, verified, trained, moved });
    await this.#checkpoint('end');
    return true;
  }

  #plan(source: BatchSource | undefined): void {
    const { batch, steps, epochs, data, name } = this.#stage;
    if (source === undefined) {
      this.#steps = steps ?? Math.round(epochs ?? 0);
      this.#stepsPerEpoch = steps === undefined ? 1 : Math.max(1, steps);
      return;
    }
    this.#stepsPerEpoch = Math.floor(source.count / batch);
    if (this.#stepsPerEpoch === 0) {
      throw new RunError(
        'user',
        'CX8241',
        `stage ${name}: ${data} has ${source.count} samples, fewer than one batch of ${batch}`,
        {
          help: 'choose a smaller batch: the last short batch of an epoch is dropped in training',
        },
      );
    }
    this.#steps = steps ?? Math.round((epochs ?? 0) * this.#stepsPerEpoch);
  }

  #planEvent(): RunEventBody {
    const { program } = this.#request;
    const stage = this.#stage;
    const trained = new Set(stage.trainable);
    const sum = (wanted: boolean): { tensors: number; count: number } => {
      const chosen = program.parameters.filter(({ name }) => trained.has(name) === wanted);
      return { tensors: chosen.length, count: chosen.reduce((total, { shape }) => total + elementCount(shape), 0) };
    };
    return {
      event: 'plan',
      stage: stage.name,
      steps: this.#steps,
      epochs: this.#steps / this.#stepsPerEpoch,
      stepsPerEpoch: this.#stepsPerEpoch,
      batch: stage.batch,
      trainable: sum(true),
      frozen: sum(false),
      constants:
        stage.constants?.graph.outputs.map(({ name, node }) => stage.constants?.graph.nodes[node]?.label ?? name) ?? [],
      cached: Object.values(stage.features?.describes ?? {}),
      terms: stage.terms.map(({ name, formula, weight }) => ({
        name,
        formula,
        weight: weightAt(weight, 0, this.#stepsPerEpoch),
      })),
    };
  }

  async #trainSteps(source: BatchSource | undefined, features: FeatureTable | undefined): Promise<boolean> {
    const { interrupted, emit, clock, checkpointEvery } = this.#request;
    const stage = this.#stage;
    const columns = columnsRead(stage.step);
    const load = (step: number): Promise<Tensors> | undefined =>
      source === undefined || columns.length === 0 || step >= this.#steps
        ? undefined
        : source.batch(this.#indices(source, step), columns, this.#epochOf(step));
    let epochStart = clock();
    let next = load(this.#step);
    while (this.#step < this.#steps) {
      if (interrupted()) {
        // The batch that was begun is not needed; a fault in it is not this run's end.
        next?.catch(() => undefined);
        await this.#checkpoint('interrupt');
        return false;
      }
      const started = clock();
      const batch = (await next) ?? {};
      // Decoding goes on in other threads while the engine holds this one.
      next = load(this.#step + 1);
      next?.catch(() => undefined);
      await this.#oneStep(batch, source, features, started);
      if (this.#step % this.#stepsPerEpoch === 0) {
        emit({ event: 'epoch', stage: stage.name, epoch: this.#step / this.#stepsPerEpoch, ms: clock() - epochStart });
        epochStart = clock();
      }
      await this.#dueEvaluations();
      if (
        this.#step < this.#steps &&
        (this.#isCheckpointDue() || (checkpointEvery !== undefined && this.#step % checkpointEvery === 0))
      ) {
        await this.#checkpoint('interval');
      }
    }
    return true;
  }

  async #oneStep(
    columns: Tensors,
    source: BatchSource | undefined,
    features: FeatureTable | undefined,
    started: number,
  ): Promise<void> {
    const { session, emit, clock } = this.#request;
    const stage = this.#stage;
    const weights = this.#weights();
    const feeds = await this.#feeder.feeds(stage.step, {
      columns,
      constants: this.#constants,
      weights,
      counter: this.runStep,
      ...(features === undefined || source === undefined
        ? {}
        : { features: features.batch(this.#indices(source, this.#step)) }),
    });
    const rate = rateAt(stage.schedule, this.#step, this.#steps, this.#stepsPerEpoch);
    const { outputs, gradientNorm, nonfinite } = await session.step(stage.name, feeds, {
      update: this.#step + 1,
      rate,
    });
    const raw = (kind: 'term' | 'total', name?: string): number => {
      const found = Object.entries(stage.step.outputs).find(([, it]) => it.kind === kind && (it.kind === 'total' || name === undefined || ('name' in it && it.name === name))); // prettier-ignore
      const value = found === undefined ? undefined : outputs[found[0]]?.data[0];
      invariant(value !== undefined, `${stage.step.id} gave no ${name ?? kind}`);
      return value;
    };
    const total = raw('total');
    const terms = termValues(stage, (name) => raw('term', name), this.#step, this.#stepsPerEpoch);
    const faulty = [
      ...terms.flatMap(({ name, value }) => (Number.isFinite(value) ? [] : [name])),
      ...(Number.isFinite(total) ? [] : ['total']),
      ...(nonfinite ?? []).map((name) => `gradient of ${name}`),
    ];
    emit({
      event: 'step',
      stage: stage.name,
      step: this.#step + 1,
      epoch: this.#epochOf(this.#step) + 1,
      total: finiteOrNull(total),
      terms: terms.map(({ event }) => event),
      learningRate: rate * (stage.groups[0]?.learningRate ?? 0),
      gradientNorm: finiteOrNull(gradientNorm),
      ms: clock() - started,
      ...(faulty.length === 0 ? {} : { nonfinite: faulty }),
    });
    if (faulty.length > 0) await this.#stopNonfinite(terms, total, nonfinite ?? []);
    this.#step++;
    this.runStep++;
  }

  /** Names the term, then the tensor: a parameter that is already not finite, else the first gradient. */
  async #stopNonfinite(
    terms: readonly { readonly name: string; readonly value: number }[],
    total: number,
    gradients: readonly string[],
  ): Promise<never> {
    const at = `in step ${this.#step + 1} of stage ${this.#stage.name}`;
    const term = terms.find(({ value }) => !Number.isFinite(value));
    const parameter = await this.#nonfiniteParameter();
    const where =
      parameter !== undefined
        ? `parameter \`${parameter}\` already is not finite`
        : gradients[0] !== undefined
          ? `the first gradient that is not finite is that of \`${gradients[0]}\``
          : 'all parameters are finite';
    if (term !== undefined) {
      throw new RunError('numerical', 'CX8221', `loss \`${term.name}\` is ${term.value} ${at}; ${where}`, {
        help: 'look for a division, a logarithm or a root of zero in its formula; or lower the learning rate',
      });
    }
    if (!Number.isFinite(total)) {
      throw new RunError(
        'numerical',
        'CX8221',
        `the objective \`${this.#stage.objective}\` is ${total} ${at}; ${where}`,
        {
          help: 'every term is finite: look at the weights',
        },
      );
    }
    throw new RunError(
      'numerical',
      'CX8222',
      `the gradient of \`${gradients[0]}\` is not finite ${at}, while every loss is`,
      {
        help: 'a root or a norm has no gradient at zero: guard it with + ε, or use `angle`',
      },
    );
  }

  async #nonfiniteParameter(): Promise<string | undefined> {
    for (const { name } of this.#request.program.parameters) {
      const value = (await this.#request.session.readParameters([name])).get(name);
      if (value !== undefined && !value.every(Number.isFinite)) return name;
    }
    return undefined;
  }

  #weights(): Record<string, number> {
    const entries = this.#stage.terms.flatMap(({ weight }) =>
      weight.name === undefined ? [] : [[weight.name, weightAt(weight, this.#step, this.#stepsPerEpoch)] as const],
    );
    return Object.fromEntries(entries);
  }

  #epochOf(step: number): number {
    return Math.floor(step / this.#stepsPerEpoch);
  }

  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;

  /** Samples of a step: a new shuffle each epoch, its last short batch left out. */
  #indices(source: BatchSource, step: number): Uint32Array {
    const epoch = this.#epochOf(step);
    if (this.#order?.epoch !== epoch) {
      const shuffle = stream(this.#request.seed, `shuffle:${this.#stage.data ?? ''}`);
      this.#order = { epoch, indices: shuffle.permutation(source.count, epoch) };
    }
    const from = (step % this.#stepsPerEpoch) * this.#stage.batch;
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
    const { session, emit, cacheFolder, frozenDigests } = this.#request;
    const fn = this.#stage.features;
    invariant(fn, `stage ${this.#stage.name} reads features and has no function for them`);
    const table = await prepareFeatures({
      session,
      fn,
      source: await this.#open(data),
      data: this.#request.data,
      feeder: this.#feeder,
      constants: this.#constants,
      frozenDigests,
      ...(cacheFolder === undefined ? {} : { folder: cacheFolder }),
      progress: (done, total) => emit({ event: 'progress', task: `features of ${data}`, done, total }),
      warn: (message) => emit({ event: 'warning', code: 'CX8271', message }),
    });
    emit({ event: 'cache', hits: table.hits, misses: table.misses, bytes: table.bytes });
    this.#tables.set(data, table);
    return table;
  }

  // ── evaluation and selection ───────────────────────────────────────

  async #evaluationRequest(evaluation: Evaluation): Promise<EvaluationRequest> {
    const source = await this.#open(evaluation.data);
    if (source.count !== evaluation.count) {
      throw new RunError(
        'user',
        'CX8242',
        `evaluation ${evaluation.name}: ${evaluation.data} has ${source.count} samples, and the program was compiled for ${evaluation.count}`,
        { help: 'compile again: the data changed since' },
      );
    }
    const wantsFeatures = reads(evaluation.samples, 'feature') || reads(evaluation.metrics, 'feature');
    return {
      session: this.#request.session,
      stage: this.#stage,
      evaluation,
      source,
      feeder: this.#feeder,
      constants: this.#constants,
      features: wantsFeatures ? await this.#features(evaluation.data) : undefined,
      weights: this.#weights(),
    };
  }

  #isTest(evaluation: Evaluation): boolean {
    return this.#markOf(evaluation) === 'test';
  }

  #markOf(evaluation: Evaluation): string | undefined {
    return this.#request.program.data.find(({ name }) => name === evaluation.data)?.mark;
  }

  /** Steps between evaluations; none where it is evaluated at the end alone, as test data always are. */
  #every(evaluation: Evaluation): number | undefined {
    if (this.#isTest(evaluation)) return undefined;
    const every =
      evaluation.every ?? (evaluation.best === undefined ? undefined : { value: 1, unit: 'epoch' as const });
    return every === undefined ? undefined : Math.max(1, durationInSteps(every, this.#stepsPerEpoch));
  }

  async #dueEvaluations(): Promise<void> {
    for (const evaluation of this.#stage.evaluations) {
      const every = this.#every(evaluation);
      if (every !== undefined && this.#step % every === 0) await this.#evaluate(evaluation);
    }
  }

  /** Evaluates what the parameters are now and, where this evaluation selects, keeps them if they are the best so far. */
  async #evaluate(evaluation: Evaluation): Promise<void> {
    const { emit } = this.#request;
    const metrics = await evaluate({
      ...(await this.#evaluationRequest(evaluation)),
      progress: (done, total) => emit({ event: 'progress', task: `evaluation ${evaluation.name}`, done, total }),
    });
    const step = this.#best !== undefined && this.#restored ? this.#best.step : this.#step;
    let best = this.#restored;
    if (evaluation.best !== undefined && !this.#restored) {
      const { metric, direction } = evaluation.best;
      const value = metrics.find(({ name }) => name === metric)?.value;
      invariant(value !== undefined && value !== null, `evaluation ${evaluation.name} has no metric ${metric}`);
      const before = this.#best?.value;
      best = before === undefined || (direction === 'max' ? value > before : value < before);
      if (best) {
        this.#best = { evaluation: evaluation.name, metric, value, step };
        await this.#request.store.saveBest(this.#best, await this.#readChanging());
      }
    }
    const mark = this.#markOf(evaluation);
    const result: EvaluationResult = {
      stage: this.#stage.name,
      evaluation: evaluation.name,
      data: evaluation.data,
      ...(mark === undefined ? {} : { mark }),
      step,
      samples: evaluation.count,
      best,
      metrics,
    };
    this.results = [...this.results.filter(({ evaluation: name, data }) => name !== evaluation.name || data !== evaluation.data), result]; // prettier-ignore
    emit({ event: 'eval', stage: this.#stage.name, evaluation: evaluation.name, data: evaluation.data, step, samples: evaluation.count, metrics, best }); // prettier-ignore
  }

  #restored = false;

  /** The selected parameters come back, then everything is evaluated on them, test data for the first time. */
  async #finalEvaluations(): Promise<void> {
    const { session, store } = this.#request;
    const selecting = this.#stage.evaluations.find(({ best }) => best !== undefined);
    if (selecting !== undefined && !this.#isFresh(selecting, this.#steps)) await this.#evaluate(selecting);
    if (this.#best !== undefined) {
      if (this.#best.step !== this.#steps) await session.writeParameters(await store.loadBest(this.#best));
      this.#restored = true;
    }
    for (const evaluation of this.#stage.evaluations) {
      if (!this.#isFresh(evaluation, this.#best?.step ?? this.#steps)) await this.#evaluate(evaluation);
    }
  }

  /** Whether the last result of an evaluation is of these parameters. */
  #isFresh(evaluation: Evaluation, step: number): boolean {
    return this.results.some(
      (it) => it.evaluation === evaluation.name && it.data === evaluation.data && it.step === step,
    );
  }

  // ── proofs ─────────────────────────────────────────────────────────

  async #digests(names: readonly string[]): Promise<Map<string, string>> {
    const digests = new Map<string, string>();
    // One at a time: a copy of a large tower at once would double its memory.
    for (const name of names) {
      const value = (await this.#request.session.readParameters([name])).get(name);
      invariant(value, `the session has no ${name}`);
      digests.set(name, tensorDigest(value));
    }
    return digests;
  }

  /** Trainable tensors that differ from the start of the stage; one that does not is worth a warning, for its gradient was always zero. */
  async #countMoved(): Promise<number> {
    const now = await this.#digests(this.#stage.trainable);
    const still = this.#stage.trainable.filter((name) => now.get(name) === this.#started.get(name));
    if (still.length > 0 && this.#steps > 0) {
      const shown = still.slice(0, 6).map((name) => `\`${name}\``).join(', '); // prettier-ignore
      const more = still.length > 6 ? ` and ${still.length - 6} more` : '';
      this.#request.emit({ event: 'warning', code: 'CX8232', message: `trainable, but never moved: ${shown}${more}` });
    }
    return this.#stage.trainable.length - still.length;
  }

  /** Every tensor that this stage must not change has the digest it began with. Drift is a failure, never a warning. */
  async #verifyFrozen(): Promise<number> {
    const changed = new Set(this.#stage.trainable);
    for (const source of Object.values(this.#stage.step.outputs))
      if (source.kind === 'buffer') changed.add(source.name);
    const expected = new Map([
      ...this.#request.frozenDigests,
      ...[...this.#started].filter(([name]) => !changed.has(name)),
    ]);
    const now = await this.#digests([...expected.keys()]);
    const drifted = [...expected].filter(([name, digest]) => now.get(name) !== digest).map(([name]) => name);
    if (drifted.length > 0) {
      const shown = drifted.slice(0, 6).map((name) => `\`${name}\``).join(', '); // prettier-ignore
      throw new RunError(
        'proof',
        'CX8231',
        `frozen and yet changed: ${shown}${drifted.length > 6 ? ` and ${drifted.length - 6} more` : ''}`,
        {
          help: 'this is a fault of the engine or of clipx; the numbers of this run do not count',
        },
      );
    }
    return expected.size;
  }

  // ── checkpoints ────────────────────────────────────────────────────

  #isCheckpointDue(): boolean {
    const since = this.#request.clock() - this.#lastCheckpoint;
    return since >= Math.max(checkpointInterval, checkpointShare * this.#checkpointCost);
  }

  async #readChanging(): Promise<NamedTensor[]> {
    const values = await this.#request.session.readParameters(this.#changing.map(({ name }) => name));
    return this.#changing.map(({ name, shape }) => ({ name, shape, data: values.get(name) ?? new Float32Array() }));
  }

  async #checkpoint(reason: CheckpointReason): Promise<void> {
    const { program, session, seed, store, clock, frozenDigests } = this.#request;
    const started = clock();
    const next = program.stages[program.stages.indexOf(this.#stage) + 1];
    // The end of a stage is the beginning of the next; of the last one it is `step = steps` with its results.
    const place =
      reason === 'end' && next !== undefined
        ? {
            stage: next.name,
            step: 0,
            steps: 0,
            started: {},
            results: [],
            earlier: [...this.#earlier, ...this.results],
          }
        : {
            stage: this.#stage.name,
            step: this.#step,
            steps: this.#steps,
            started: Object.fromEntries(this.#started),
            results: this.results,
            earlier: this.#earlier,
            ...(this.#best === undefined ? {} : { best: this.#best }),
            ...(reason === 'end' ? { finished: true } : {}),
          };
    await store.saveCheckpoint(
      {
        semantic: program.digests.semantic,
        seed,
        backend: `${session.info.name} ${session.info.version}`,
        runStep: this.runStep,
        frozen: Object.fromEntries(frozenDigests),
        elapsed: this.#elapsed + started - this.#clockStart,
        ...place,
      },
      await this.#readChanging(),
      await session.readSlots(),
      reason,
    );
    await store.progress(this.#stage.name, this.#step, this.#steps, this.#best);
    this.#lastCheckpoint = clock();
    this.#checkpointCost = this.#lastCheckpoint - started;
  }
}

/** What the compiler promised; a program from elsewhere may not keep it. */
function checkStage(program: Program, stage: Stage): void {
  const grouped = stage.groups.flatMap(({ parameters }) => parameters).filter((name) => stage.trainable.includes(name));
  invariant(stage.trainable.length > 0, `stage ${stage.name} trains nothing`);
  invariant(
    new Set(grouped).size === stage.trainable.length && grouped.length === stage.trainable.length,
    `stage ${stage.name}: the optimiser has ${grouped.length} tensors and ${stage.trainable.length} are trainable`,
  );
  const gradients = Object.values(stage.step.outputs).filter(({ kind }) => kind === 'gradient').length;
  invariant(
    gradients === stage.trainable.length,
    `stage ${stage.name} has ${gradients} gradients for ${stage.trainable.length} tensors`,
  );
  for (const evaluation of stage.evaluations) {
    const mark = program.data.find(({ name }) => name === evaluation.data)?.mark;
    if (evaluation.best !== undefined && mark === 'test') {
      throw new RunError(
        'user',
        'CX8243',
        `evaluation ${evaluation.name} would select a checkpoint on ${evaluation.data}, which is marked test`,
        {
          help: 'select on a part of the training data: `data train, val = split(…)`',
        },
      );
    }
  }
  for (const { name } of graphInputs(stage.step.graph))
    invariant(stage.step.inputs[name], `${stage.step.id} does not say what feeds ${name}`);
}

function termValues(
  stage: Stage,
  raw: (name: string) => number,
  step: number,
  stepsPerEpoch: number,
): { name: string; value: number; event: TermValue }[] {
  const values = stage.terms.map(({ name, weight }) => {
    const value = raw(name);
    return { name, value, weighted: value * weightAt(weight, step, stepsPerEpoch) };
  });
  const whole = values.reduce((sum, { weighted }) => sum + Math.abs(weighted), 0);
  return values.map(({ name, value, weighted }) => ({
    name,
    value,
    event: {
      name,
      raw: finiteOrNull(value),
      weighted: finiteOrNull(weighted),
      share: whole === 0 ? 0 : finiteOrNull(Math.abs(weighted) / whole),
    },
  }));
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
