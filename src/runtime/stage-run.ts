/** One stage: its steps, restarts and samples, evaluations, proofs and checkpoints. */
import { changingParameters } from '../compiler/program/changing-parameters.ts';
import { stepFunctions } from '../compiler/program/functions.ts';
import type { ParameterTensor } from '../compiler/program/parameter.ts';
import type { Stage } from '../compiler/program/stage.ts';
import { Averages } from './averages.ts';
import type { BatchSource } from './batch-source.ts';
import type { EvaluationResult, NamedTensor, SampleResult } from './checkpoint.ts';
import { combinedEvaluation, combineMetrics } from './combine-metrics.ts';
import { rehearse } from './evaluator.ts';
import { columnsRead, reads } from './feeds.ts';
import type { Feeder, FeedSources } from './feeds.ts';
import { Patience } from './patience.ts';
import { tensorDigest } from './digest.ts';
import { overSamples, sampleTurn, startValues } from './sample-turns.ts';
import type { SampleTurn } from './sample-turns.ts';
import { epochOrder, type EpochOrder } from './sampler.ts';
import { runSearch } from './search.ts';
import { StageBatches } from './stage-batches.ts';
import { StageClock } from './stage-clock.ts';
import { StageCheckpoints } from './stage-checkpoints.ts';
import type { StageStart } from './stage-checkpoints.ts';
import { StageEnds } from './stage-ends.ts';
import { StageEvaluations } from './stage-evaluations.ts';
import { StageFigures } from './stage-figures.ts';
import { checkStage, lengthOfStage, planEvent } from './stage-plan.ts';
import { StageProofs } from './stage-proofs.ts';
import { updateStage } from './stage-update.ts';
import { StageValues } from './stage-values.ts';
import type { TrainRequest } from './trainer.ts';

/** Thrown where a long piece of work is left because the run shall stop. */
class Interruption extends Error {}

export class StageRun {
  readonly #request: TrainRequest;
  readonly #feeder: Feeder;
  readonly #stage: Stage;
  readonly #start: StageStart;
  readonly #values: StageValues;
  readonly #ends: StageEnds;
  readonly #checkpoints: StageCheckpoints;
  readonly #figures: StageFigures;
  readonly #changing: readonly ParameterTensor[];
  readonly #clock: StageClock;
  readonly #proofs: StageProofs;
  #source: BatchSource | undefined;
  #order: EpochOrder | undefined;
  #batches: StageBatches | undefined;
  #evaluations: StageEvaluations | undefined;
  #averages: Averages | undefined;
  #patience: Patience | undefined;
  /** With `train on each`: the sample at hand, what those before it came to, and which tensors moved for some of them. */
  #turn: SampleTurn | undefined;
  #done: readonly SampleResult[];
  readonly #moved: Set<string>;
  /** Digests of what the restart at hand started from. */
  #startedFrom: ReadonlyMap<string, string> = new Map();
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
    const state = start.resume?.state;
    this.#clock = new StageClock(stage, state);
    this.#proofs = new StageProofs(request, stage, state?.started ?? {});
    this.#done = state?.samples ?? [];
    this.#moved = new Set(state?.turn?.moved);
    this.runStep = start.runStep;
    this.counter = start.counter;
    this.#values = new StageValues({
      request,
      feeder,
      stage,
      progressOf: (task) => this.#progressOf(task),
      frozen: () => this.#proofs.frozen(),
      weights: () => this.#clock.weights(),
    });
    this.#ends = new StageEnds({ request, stage, start, values: this.#values, readChanging: () => this.#readChanging() }); // prettier-ignore
    this.#figures = new StageFigures({
      program: request.program,
      stage,
      prepare: (figure) => this.#values.evaluationRequest({ ...figure, table: [] }, this.#turn),
      save: (id, content) => request.store.saveFigure(id, content),
    });
    this.#checkpoints = new StageCheckpoints({ request, stage, start, readChanging: () => this.#readChanging() });
  }

  get results(): readonly EvaluationResult[] {
    const { name, evaluations, each } = this.#stage;
    const results = each !== true ? (this.#evaluations?.results ?? []) : this.#isDone ? overSamples(evaluations, this.#done) : []; // prettier-ignore
    const metrics = combineMetrics(this.#request.program.combined ?? [], this.#start.earlier, results);
    if (metrics.length === 0 || !this.#isDone) return results;
    return [...results, { stage: name, evaluation: combinedEvaluation, data: combinedEvaluation, step: this.#clock.step, samples: 0, best: false, metrics }]; // prettier-ignore
  }

  async run(): Promise<'complete' | 'interrupted'> {
    try {
      await this.#prepare();
      const moved = this.#stage.each === true ? await this.#eachSample() : await this.#once();
      this.#isDone = true;
      this.#emitResults();
      await this.#proofs.certify(moved);
      await this.#ends.keep(this.#clock.step, this.counter, this.#evaluations);
      await this.#checkpoint('end');
      return 'complete';
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      await this.#checkpoint('interrupt');
      return 'interrupted';
    }
  }

  /** The stage over its whole data. Gives the tensors that moved. */
  async #once(): Promise<ReadonlySet<string>> {
    const taken = await this.#ends.take(this.#proofs.started, this.#request.frozenDigests, this.counter);
    if (taken === undefined) {
      await this.#searchCandidates();
      await this.#trainSteps();
      // what is left, evaluated and handed on are the averages
      await this.#averages?.settle();
    } else {
      if (taken.best !== undefined) await this.#request.store.saveBest(taken.best, await this.#readChanging());
      this.#evaluations?.restore(taken.best, taken.selected);
      this.#clock.step = taken.steps;
      this.runStep += taken.steps;
      this.counter += taken.counted;
    }
    const moved = new Set(await this.#proofs.moved());
    await this.#evaluations?.runFinal(taken?.best?.step ?? this.#clock.step);
    return moved;
  }

  /** Everything that can fail without training fails here: data, constants, features, and a minibatch of each evaluation. */
  async #prepare(): Promise<void> {
    const { program, session, emit } = this.#request;
    const stage = this.#stage;
    checkStage(program, stage);
    this.#source = stage.data === undefined ? undefined : await this.#values.open(stage.data);
    this.#clock.length = lengthOfStage(stage, this.#source);
    const changing = this.#changing.map(({ name }) => name);
    await this.#proofs.begin(changing);
    this.#evaluations = this.#stageEvaluations(true);
    emit(planEvent(program, stage, this.#clock.length));
    if (stage.each !== true && this.#source !== undefined && stage.data !== undefined) {
      const { data, batch } = stage;
      this.#order = await epochOrder(stage.sampler, this.#source, { data, batch, seed: this.#request.seed });
    }
    this.#batches = this.#batchesOf(this.#source, this.#order);
    if (stage.average !== undefined) {
      this.#averages = new Averages(session, stage);
      await this.#averages.start(this.#start.resume?.slots);
    }
    this.#patience = this.#newPatience(this.#start.resume?.state.patience);
    await this.#values.prepareConstants();
    await this.#source?.prepare?.(columnsRead(...stepFunctions(stage)));
    if (stage.each !== true && stepFunctions(stage).some((fn) => reads(fn, 'feature')))
      await this.#values.features(stage.data ?? '');
    // all may be through already, where a run was left at its very end
    const next = Math.min(this.#done.length, this.#clock.length.samples - 1);
    const first = stage.each === true ? this.#source?.alone?.(next)?.source : undefined;
    for (const evaluation of stage.evaluations)
      await rehearse(await this.#values.evaluationRequest(evaluation, first && { source: first, feeder: this.#feeder })); // prettier-ignore
  }

  /** Of samples that have parameters of their own the first one is drawn. */
  async #drawFigures(): Promise<void> {
    if (this.#hasFigures) await this.#figures.draw();
  }

  /** Those that show how they came about, of the averages where there are any. */
  async #drawDue(): Promise<void> {
    const step = this.#clock.sampleStep;
    const due = this.#hasFigures ? this.#figures.due(step, this.#clock.length) : [];
    if (due.length > 0) await this.#averaged(() => this.#figures.draw(due, step));
  }

  get #hasFigures(): boolean {
    return this.#stage.each !== true || this.#done.length === 0;
  }

  /** `resumed`: goes on from what the checkpoint holds. */
  #stageEvaluations(resumed: boolean): StageEvaluations {
    const { program, session, emit, store } = this.#request;
    const state = resumed ? this.#start.resume?.state : undefined;
    const begunAt = this.#clock.begunAt;
    return new StageEvaluations({
      program,
      stage: this.#stage,
      stepsPerEpoch: this.#clock.length.stepsPerEpoch,
      // within a sample steps are its own
      emit: (event) => emit(event.event === 'eval' ? { ...event, step: event.step + begunAt } : event),
      prepare: (evaluation) => this.#values.evaluationRequest(evaluation, this.#turn),
      drawFigures: () => this.#drawFigures(),
      readChanging: () => this.#readChanging(),
      writeParameters: (values) => session.writeParameters(values),
      saveBest: (best, parameters) => store.saveBest(best, parameters),
      loadBest: (best) => store.loadBest(best),
      best: state?.best,
      selected: state?.selected,
      results: state?.results ?? [],
    });
  }

  #newPatience(state: ConstructorParameters<typeof Patience>[2]): Patience | undefined {
    const { stop } = this.#stage;
    return stop === undefined ? undefined : new Patience(stop, this.#clock.length.stepsPerEpoch, state);
  }

  // ── steps ──────────────────────────────────────────────────────────

  /** All restarts of the stage, or of the sample at hand. */
  async #trainSteps(): Promise<void> {
    const { emit, clock } = this.#request;
    const { stepsPerEpoch } = this.#clock.length;
    let epochStart = clock();
    this.#batches?.begin(this.#clock.batch);
    for (;;) {
      await this.#evaluateDue();
      await this.#drawDue();
      const isOver = this.#clock.isRestartOver || this.#hasWaited();
      if (isOver && this.#clock.isLastRestart) return;
      if (this.#checkpoints.isDue(this.#clock.step, stepsPerEpoch)) await this.#checkpoint('interval');
      if (isOver) await this.#beginRestart();
      this.#stopIfAsked();
      const started = clock();
      await this.#oneStep(started);
      if (this.#stage.each !== true && this.#clock.step % stepsPerEpoch === 0) {
        emit({
          event: 'epoch',
          stage: this.#stage.name,
          epoch: this.#clock.step / stepsPerEpoch,
          ms: clock() - epochStart,
        });
        epochStart = clock();
      }
    }
  }

  #batchesOf(source: BatchSource | undefined, order: EpochOrder | undefined): StageBatches {
    const { steps, samples, stepsPerEpoch } = this.#clock.length;
    const total = (steps / samples) * this.#clock.accumulate;
    // one sample is all of its data
    const batchesPerEpoch = this.#stage.each === true ? 1 : stepsPerEpoch * this.#clock.accumulate;
    return new StageBatches({ stage: this.#stage, source, order, batchesPerEpoch, total });
  }

  /** Evaluations that are due now read the averages, where there are any. */
  async #evaluateDue(): Promise<void> {
    const evaluations = this.#evaluations;
    const step = this.#clock.sampleStep;
    if (evaluations?.isDue(step) === true) await this.#averaged(() => evaluations.runDue(step));
  }

  async #averaged(work: () => Promise<void>): Promise<void> {
    await (this.#averages === undefined ? work() : this.#averages.during(work));
  }

  /** Whether the rule of stopping ends the restart here. */
  #hasWaited(): boolean {
    return this.#patience?.isOver(this.#clock.sampleStep, this.#evaluations?.results ?? []) ?? false;
  }

  /** `restarts: 3 keep best`: the end of this one is measured, then everything that trains is drawn anew. */
  async #beginRestart(): Promise<void> {
    await this.#averaged(async () => this.#evaluations?.runSelecting(this.#clock.sampleStep));
    this.#clock.restart++;
    await this.#beginAnew(await this.#startValues());
  }

  #startValues(): Promise<Map<string, Float32Array>> {
    return startValues(this.#request, this.#stage, this.#turn, this.#clock.restart, this.#values.constants);
  }

  async #beginAnew(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    const { session } = this.#request;
    await session.writeParameters(values);
    await session.writeSlots(new Map());
    this.#startedFrom = digestsOf(values);
    await this.#averages?.start(undefined);
    this.#patience = this.#newPatience(undefined);
    this.#clock.restartedAt = this.#clock.step;
  }

  async #oneStep(started: number): Promise<void> {
    const { session, program, clock } = this.#request;
    const counted = this.#clock.accumulate;
    await updateStage({
      session,
      program,
      stage: this.#stage,
      clock: this.#clock,
      feeder: this.#turn?.feeder ?? this.#feeder,
      sources: (micro) => this.#stepSources(micro),
      tell: (told) => this.#request.emit({ ...told, ms: clock() - started }),
    });
    await this.#averages?.update();
    this.#clock.step++;
    this.runStep++;
    this.counter += counted;
  }

  /** What a batch is fed with. */
  async #stepSources(micro: number): Promise<FeedSources & { readonly counter: number }> {
    const number = this.#clock.batch + micro;
    const columns = (await this.#batches?.take(number)) ?? {};
    const features = this.#turn?.held ?? this.#values.batchFeatures(this.#batches?.indices(number) ?? new Uint32Array()); // prettier-ignore
    return {
      columns,
      constants: this.#values.constants,
      weights: this.#clock.weights(),
      // the streams of a sample are its own, and begin with it
      counter: this.#turn === undefined ? this.counter + micro : number,
      ...(features === undefined ? {} : { features }),
    };
  }

  // ── samples, each by itself ────────────────────────────────────────

  /** `train on each d`. Gives the tensors that moved for some sample. */
  async #eachSample(): Promise<ReadonlySet<string>> {
    for (let at = this.#done.length; at < this.#clock.length.samples; at++) {
      await this.#beginSample(at);
      await this.#trainSteps();
      await this.#averages?.settle();
      await this.#endSample();
    }
    return this.#moved;
  }

  async #beginSample(at: number): Promise<void> {
    const { emit } = this.#request;
    const stage = this.#stage;
    const source = this.#source;
    if (source === undefined) return;
    const resumed = this.#start.resume?.state;
    const goesOn =
      resumed?.turn !== undefined && resumed.samples?.length === at && this.#clock.step > resumed.turn.begunAt;
    if (goesOn) this.#clock.beginSample(resumed.turn?.begunAt, resumed.turn?.restart);
    else this.#clock.beginSample();
    this.#turn = await sampleTurn(this.#request, stage, source, at, this.#values.constants);
    const { perRestart, samples } = this.#clock.length;
    emit({ event: 'sample', stage: stage.name, at: at + 1, of: samples, name: this.#turn.name, begunAt: this.#clock.begunAt, steps: perRestart * (stage.restarts ?? 1) }); // prettier-ignore
    this.#batches = this.#batchesOf(this.#turn.source, () => Uint32Array.of(0));
    this.#evaluations = this.#stageEvaluations(goesOn);
    const values = await this.#startValues();
    if (goesOn) this.#startedFrom = digestsOf(values);
    else await this.#beginAnew(values);
  }

  /** The selected parameters of the sample are evaluated and kept. A run that is resumed never comes back behind this. */
  async #endSample(): Promise<void> {
    const { store } = this.#request;
    const turn = this.#turn;
    if (turn === undefined) return;
    for (const name of await this.#proofs.moved(this.#startedFrom)) this.#moved.add(name);
    await this.#evaluations?.runFinal(this.#clock.sampleStep);
    const { at, name } = turn;
    const { results = [], best } = this.#evaluations ?? {};
    await store.saveSample({ at, name, step: best?.step ?? this.#clock.sampleStep }, await this.#readChanging());
    this.#done = [...this.#done, { name, steps: this.#clock.sampleStep, results }];
    this.#turn = undefined;
    this.#clock.beginSample();
    this.#evaluations = this.#stageEvaluations(false);
    this.#patience = this.#newPatience(undefined);
    await this.#checkpoint('interval');
    this.#stopIfAsked();
  }

  // ── search ─────────────────────────────────────────────────────────

  /** `maximize`: the best candidate stays in the session. It counts as one step. */
  async #searchCandidates(): Promise<void> {
    const { search, trainable } = this.#stage;
    if (search === undefined || this.#clock.step > 0) return;
    const { session, seed } = this.#request;
    const evaluation = await this.#values.evaluationRequest(search.evaluation);
    await runSearch({ session, search, trainable, evaluation, seed, progress: this.#progressOf('search') });
    this.#clock.step = 1;
    this.#clock.length = { steps: 1, stepsPerEpoch: 1, perRestart: 1, samples: 1 };
    this.runStep++;
    this.counter++;
  }

  // ── events ─────────────────────────────────────────────────────────

  /** What is known only now: means over the samples, and metrics of metrics. */
  #emitResults(): void {
    for (const result of this.results) {
      if (this.#stage.each !== true && result.evaluation !== combinedEvaluation) continue;
      const { stage, evaluation, data, samples, metrics, best } = result;
      this.#request.emit({ event: 'eval', stage, evaluation, data, step: this.#clock.step, samples, metrics, best });
    }
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

  // ── checkpoints ────────────────────────────────────────────────────

  async #readChanging(): Promise<NamedTensor[]> {
    const values = await this.#request.session.readParameters(this.#changing.map(({ name }) => name));
    return this.#changing.map(({ name, shape }) => ({ name, shape, data: values.get(name) ?? new Float32Array() }));
  }

  async #checkpoint(reason: 'interval' | 'end' | 'interrupt'): Promise<void> {
    const { best, selected } = this.#evaluations ?? {};
    const isEnd = reason === 'end';
    const patience = this.#patience?.state;
    const isApart = this.#stage.each === true || this.#stage.restarts !== undefined;
    await this.#checkpoints.write(reason, {
      step: this.#clock.step,
      steps: this.#clock.length.steps,
      runStep: this.runStep,
      counter: this.counter,
      started: this.#proofs.started,
      results: isEnd && this.#stage.each === true ? this.results : (this.#evaluations?.resumable ?? []),
      after: this.results,
      best,
      selected,
      patience,
      averages: await this.#averages?.slots(),
      ...(isApart ? { turn: { begunAt: this.#clock.begunAt, restart: this.#clock.restart, restartedAt: this.#clock.restartedAt, moved: [...this.#moved] } } : {}),
      ...(this.#stage.each === true ? { samples: this.#done } : {}),
    }); // prettier-ignore
  }
}

const digestsOf = (values: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, string> =>
  new Map([...values].map(([name, value]) => [name, tensorDigest(value)]));
