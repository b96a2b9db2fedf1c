/** One stage: batches, cached features, schedules, evaluations, selection, proofs and checkpoints. */
import { invariant } from '../compiler/common/invariant.ts';
import { changingParameters } from '../compiler/program/changing-parameters.ts';
import type { Evaluation, ParameterTensor, Stage } from '../compiler/program/program.ts';
import { Averages } from './averages.ts';
import type { StepResult } from './backends/backend.ts';
import type { BatchSource } from './batch-source.ts';
import { prepareFeatures } from './cache/feature-table.ts';
import type { FeatureTable } from './cache/feature-table.ts';
import type { Checkpoint, EvaluationResult, NamedTensor, UnplacedState } from './checkpoint.ts';
import { combinedEvaluation, combineMetrics } from './combine-metrics.ts';
import { constantsById, rehearse } from './evaluator.ts';
import type { EvaluationRequest } from './evaluator.ts';
import { columnsRead, rampsIn, reads } from './feeds.ts';
import type { Feeder, Tensors } from './feeds.ts';
import { digestParameters, listNames, nonfiniteError, verifyFrozen } from './proofs.ts';
import { Patience } from './patience.ts';
import { epochOrder, type EpochOrder } from './sampler.ts';
import { runSearch } from './search.ts';
import { durationInSteps, rateAt, weightAt } from './schedule.ts';
import { StageEvaluations } from './stage-evaluations.ts';
import {
  changedBy,
  checkStage,
  finiteOrNull,
  lengthOfStage,
  planEvent,
  termValues,
  updateValues,
} from './stage-plan.ts';
import type { StageLength } from './stage-plan.ts';
import { contentsOf, findStage, keepStage, stageKey } from './stage-store.ts';
import type { CheckpointReason, TrainRequest } from './trainer.ts';

/** Checkpoints by time: at least this long apart, and never more than a twentieth of the time goes into them. */
const checkpointInterval = 20_000;
const checkpointShare = 20;

/** Where a stage begins: at its first step, or where a checkpoint left it. */
interface StageStart {
  readonly runStep: number;
  /** Of the random streams: it runs ahead of the steps where gradients are accumulated. */
  readonly counter: number;
  readonly earlier: readonly EvaluationResult[];
  readonly resume: Checkpoint | undefined;
}

/** Thrown where a long piece of work is left because the run shall stop. */
class Interruption extends Error {}

export class StageRun {
  readonly #request: TrainRequest;
  readonly #feeder: Feeder;
  readonly #stage: Stage;
  readonly #start: StageStart;
  readonly #sources = new Map<string, BatchSource>();
  readonly #tables = new Map<string, FeatureTable>();
  readonly #changing: readonly ParameterTensor[];
  readonly #clockStart: number;
  #length: StageLength = { steps: 0, stepsPerEpoch: 1, perRestart: 0 };
  /** Step at which the present restart began. */
  #restartedAt = 0;
  #constants: Tensors = {};
  /** Digests of every changing tensor when the stage began. */
  #started: ReadonlyMap<string, string>;
  #evaluations: StageEvaluations | undefined;
  /** Steps of this stage that are done. */
  #step: number;
  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;
  #orderOf: EpochOrder | undefined;
  /** The batch that is being read. */
  #next: Promise<Tensors> | undefined;
  #averages: Averages | undefined;
  #patience: Patience | undefined;
  /** Under which the end of this stage is kept for others. */
  #key: string | undefined;
  #lastCheckpoint: number;
  #checkpointCost = 0;
  #isDone = false;
  runStep: number;
  /** Of the random streams, as far as they went. */
  counter: number;

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
    this.counter = start.counter;
  }

  get results(): readonly EvaluationResult[] {
    const results = this.#evaluations?.results ?? [];
    const metrics = combineMetrics(this.#request.program.combined ?? [], [...this.#start.earlier, ...results]);
    if (metrics.length === 0 || !this.#isDone) return results;
    const { name } = this.#stage;
    return [...results, { stage: name, evaluation: combinedEvaluation, data: combinedEvaluation, step: this.#step, samples: 0, best: false, metrics }]; // prettier-ignore
  }

  async run(): Promise<'complete' | 'interrupted'> {
    try {
      await this.#prepare();
      const selectedAt = await this.#reuse();
      if (selectedAt === undefined) {
        await this.#searchCandidates();
        await this.#trainSteps();
        // what is left, evaluated and handed on are the averages
        await this.#averages?.settle();
      }
      const moved = await this.#countMoved();
      await this.#evaluations?.runFinal(selectedAt ?? this.#step);
      this.#isDone = true;
      this.#emitCombined();
      await this.#certify(moved);
      await this.#keep();
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
    // a restart that has just come to its end is left in the loop
    this.#restartedAt = Math.max(0, Math.ceil(this.#step / this.#length.perRestart || 0) - 1) * this.#length.perRestart;
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
    if (source !== undefined && stage.data !== undefined) {
      const { data, batch } = stage;
      this.#orderOf = await epochOrder(stage.sampler, source, { data, batch, seed: this.#request.seed });
    }
    if (stage.average !== undefined) {
      this.#averages = new Averages(session, stage);
      await this.#averages.start(this.#start.resume?.slots);
    }
    if (stage.stop !== undefined)
      this.#patience = new Patience(stage.stop, this.#length.stepsPerEpoch, this.#start.resume?.state.patience);
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
    const { stepsPerEpoch } = this.#length;
    let epochStart = clock();
    this.#next = this.#loadBatch(this.#microStep);
    try {
      for (;;) {
        await this.#evaluateDue();
        if (this.#step >= this.#length.steps || this.#hasWaited()) return;
        if (this.#isCheckpointDue()) await this.#checkpoint('interval');
        if (this.#localStep >= this.#length.perRestart) await this.#restart();
        this.#stopIfAsked();
        const started = clock();
        await this.#oneStep(started);
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
      this.#next?.catch(() => undefined);
    }
  }

  /** Evaluations that are due now read the averages, where there are any. */
  async #evaluateDue(): Promise<void> {
    const evaluations = this.#evaluations;
    if (evaluations?.isDue(this.#step) !== true) return;
    if (this.#averages === undefined) await evaluations.runDue(this.#step);
    else await this.#averages.during(() => evaluations.runDue(this.#step));
  }

  /** Whether the rule of stopping ends the stage here. */
  #hasWaited(): boolean {
    return this.#patience?.isOver(this.#step, this.#evaluations?.results ?? []) ?? false;
  }

  /** Steps of the present restart. */
  get #localStep(): number {
    return this.#step - this.#restartedAt;
  }

  /** `restarts: 3 keep best`: the end of this one is measured, then everything that trains is drawn anew. */
  async #restart(): Promise<void> {
    const { session, redraw } = this.#request;
    const evaluations = this.#evaluations;
    const select = async (): Promise<void> => evaluations?.runSelecting(this.#step);
    if (this.#averages === undefined) await select();
    else await this.#averages.during(select);
    const restart = Math.round(this.#step / this.#length.perRestart);
    await session.writeParameters(redraw(changedBy(this.#stage), restart));
    await session.writeSlots(new Map());
    await this.#averages?.start(undefined);
    this.#restartedAt = this.#step;
  }

  /** Batches of one update. */
  get #accumulate(): number {
    return this.#stage.accumulate ?? 1;
  }

  /** Batches of this stage that are done. */
  get #microStep(): number {
    return this.#step * this.#accumulate;
  }

  #loadBatch(microStep: number): Promise<Tensors> | undefined {
    const { data, step: fn } = this.#stage;
    const columns = columnsRead(fn);
    if (data === undefined || columns.length === 0 || microStep >= this.#length.steps * this.#accumulate) return undefined; // prettier-ignore
    const source = this.#sources.get(data);
    const batch = source?.batch(this.#indices(microStep), columns, this.#epochOf(Math.floor(microStep / this.#accumulate))); // prettier-ignore
    // It is awaited one step later; until then a rejection is not unhandled.
    batch?.catch(() => undefined);
    return batch;
  }

  /** One update, of one batch or the mean gradient of several. */
  async #oneStep(started: number): Promise<void> {
    const { program, session, emit, clock } = this.#request;
    const stage = this.#stage;
    const { perRestart, stepsPerEpoch } = this.#length;
    const rate = rateAt(stage.schedule, this.#localStep, perRestart, stepsPerEpoch);
    const of = this.#accumulate;
    const results: StepResult[] = [];
    for (let at = 0; at < of; at++) {
      const columns = (await this.#next) ?? {};
      // Decoding goes on in other threads while the engine holds this one.
      this.#next = this.#loadBatch(this.#microStep + at + 1);
      const feeds = await this.#stepFeeds(columns, at);
      const scalars = { update: this.#localStep + 1, rate, ...(of === 1 ? {} : { micro: { at, of } }) };
      results.push(await session.step(stage.name, feeds, scalars));
    }
    const { gradientNorm, nonfinite } = results.at(-1) ?? { gradientNorm: NaN };
    const { total, byTerm } = updateValues(stage, results);
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
      terms: termValues(stage, (name) => byTerm.get(name) ?? NaN, this.#localStep, stepsPerEpoch),
      learningRate: rate * (stage.groups[0]?.learningRate ?? 0),
      gradientNorm: finiteOrNull(gradientNorm),
      ms: clock() - started,
      ...(faulty.length === 0 ? {} : { nonfinite: faulty }),
    });
    if (faulty.length > 0) {
      const step = { stage, step: this.#step + 1, terms, total, gradients: nonfinite ?? [] };
      throw await nonfiniteError(step, session, program.parameters);
    }
    await this.#averages?.update();
    this.#step++;
    this.runStep++;
    this.counter += of;
  }

  async #stepFeeds(columns: Tensors, micro: number): Promise<Tensors> {
    const { step: fn, data = '' } = this.#stage;
    const features = reads(fn, 'feature') ? this.#tables.get(data)?.batch(this.#indices(this.#microStep + micro)) : undefined; // prettier-ignore
    return this.#feeder.feeds(fn, {
      columns,
      constants: this.#constants,
      weights: this.#weights(),
      counter: this.counter + micro,
      ...(features === undefined ? {} : { features }),
    });
  }

  #weights(): Record<string, number> {
    const entries = this.#stage.terms.flatMap(({ weight }) =>
      weight.name === undefined
        ? []
        : [[weight.name, weightAt(weight, this.#localStep, this.#length.stepsPerEpoch)] as const],
    );
    const functions = [this.#stage.step, ...this.#stage.evaluations.flatMap(({ samples, metrics }) => [samples ?? [], metrics].flat())]; // prettier-ignore
    const inside = functions.flatMap(rampsIn).map(([key, ramp]) => [key, weightAt(ramp, this.#localStep, this.#length.stepsPerEpoch)] as const); // prettier-ignore
    return Object.fromEntries([...entries, ...inside]);
  }

  #epochOf(step: number): number {
    return Math.floor(step / this.#length.stepsPerEpoch);
  }

  /** Samples of a batch: a new order each epoch, its last short batches left out. */
  #indices(microStep: number): Uint32Array {
    const perEpoch = this.#length.stepsPerEpoch * this.#accumulate;
    const epoch = Math.floor(microStep / perEpoch);
    if (this.#order?.epoch !== epoch) this.#order = { epoch, indices: this.#orderOf?.(epoch) ?? new Uint32Array() };
    const from = (microStep % perEpoch) * this.#stage.batch;
    return this.#order.indices.slice(from, from + this.#stage.batch);
  }

  // ── search ─────────────────────────────────────────────────────────

  /** `maximize`: the best candidate stays in the session. It counts as one step. */
  async #searchCandidates(): Promise<void> {
    const { search, trainable } = this.#stage;
    if (search === undefined || this.#step > 0) return;
    const { session, seed } = this.#request;
    const evaluation = await this.#evaluationRequest(search.evaluation);
    await runSearch({ session, search, trainable, evaluation, seed, progress: this.#progressOf('search') });
    this.#step = 1;
    this.#length = { steps: 1, stepsPerEpoch: 1, perRestart: 1 };
    this.runStep++;
    this.counter++;
  }

  // ── reuse ──────────────────────────────────────────────────────────

  /**
   * Takes the parameters that another variant, or an earlier run, left at the end of this very stage. Gives back the step after which
   * they stood; undefined where there are none. The last stage is never taken: it is what was asked for.
   */
  async #reuse(): Promise<number | undefined> {
    const { session, emit, program, seed, store, stageFolder } = this.#request;
    const { digest, name } = this.#stage;
    const isLast = program.stages.at(-1) === this.#stage;
    // what changes nothing leaves nothing to take
    const changes = this.#stage.trainable.length > 0;
    if (digest === undefined || isLast || !changes || stageFolder === undefined || this.#start.resume !== undefined)
      return undefined;
    const engine = `${session.info.name} ${session.info.version}`;
    const started = new Map([...this.#request.frozenDigests, ...this.#started]);
    this.#key = stageKey({
      digest,
      seed,
      engine,
      started,
      contents: await contentsOf(this.#stage, (set) => this.#open(set)),
      runStep: this.counter,
    });
    const found = findStage(stageFolder, this.#key);
    if (found === undefined) return undefined;
    const { kept, parameters } = found;
    await session.writeParameters(parameters);
    if (kept.best !== undefined) await store.saveBest(kept.best, await this.#readChanging());
    this.#evaluations?.restore(kept.best, kept.selected);
    this.#step = kept.steps;
    this.runStep += kept.steps;
    this.counter += kept.counted;
    this.#key = undefined;
    emit({ event: 'reuse', stage: name, steps: kept.steps });
    return kept.best?.step ?? kept.steps;
  }

  /** Keeps the end of the stage for others. A cache that can not be written is none. */
  async #keep(): Promise<void> {
    const { stageFolder, emit } = this.#request;
    if (stageFolder === undefined || this.#key === undefined) return;
    const { best, selected } = this.#evaluations ?? {};
    const kept = {
      stage: this.#stage.name,
      steps: this.#step,
      counted: this.counter - this.#start.counter,
      ...(best === undefined ? {} : { best }),
      ...(selected === undefined ? {} : { selected }),
    };
    try {
      keepStage(stageFolder, this.#key, kept, await this.#readChanging());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      emit({ event: 'warning', code: 'CX8271', message: `the end of the stage ${this.#stage.name} could not be kept: ${why}` }); // prettier-ignore
    }
  }

  #emitCombined(): void {
    const result = this.results.find((each) => each.evaluation === combinedEvaluation);
    if (result === undefined) return;
    const { stage, evaluation, data, step, samples, metrics, best } = result;
    this.#request.emit({ event: 'eval', stage, evaluation, data, step, samples, metrics, best });
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
    // the best candidate of a search may be what was there
    if (still.length > 0 && this.#stage.search === undefined) {
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
    const { checkpoint } = this.#stage;
    const own = checkpoint === undefined ? undefined : Math.max(1, durationInSteps(checkpoint, this.#length.stepsPerEpoch)); // prettier-ignore
    for (const every of [checkpointEvery, own])
      if (every !== undefined && this.#step > 0 && this.#step % every === 0) return true;
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
    'stage' | 'step' | 'steps' | 'started' | 'results' | 'earlier' | 'best' | 'selected' | 'patience' | 'finished'
  > {
    // prettier-ignore
    const { stages } = this.#request.program;
    const next = stages[stages.indexOf(this.#stage) + 1];
    const { earlier } = this.#start;
    if (reason === 'end' && next !== undefined) {
      return { stage: next.name, step: 0, steps: 0, started: {}, results: [], earlier: [...earlier, ...this.results] };
    }
    const { best, selected } = this.#evaluations ?? {};
    const patience = this.#patience?.state;
    return {
      stage: this.#stage.name,
      step: this.#step,
      steps: this.#length.steps,
      started: Object.fromEntries(this.#started),
      results: this.#evaluations?.resumable ?? [],
      earlier,
      ...(best === undefined ? {} : { best }),
      ...(selected === undefined ? {} : { selected }),
      ...(patience === undefined ? {} : { patience }),
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
      ...(this.counter === this.runStep ? {} : { counter: this.counter }),
      frozen: Object.fromEntries(frozenDigests),
      ...this.#place(reason),
    };
    const slots = new Map([...(await session.readSlots()), ...((await this.#averages?.slots()) ?? [])]);
    await store.saveCheckpoint(state, await this.#readChanging(), slots, reason);
    await store.progress(this.#stage.name, this.#step, this.#length.steps, this.#evaluations?.best);
    this.#lastCheckpoint = clock();
    this.#checkpointCost = this.#lastCheckpoint - started;
  }
}
