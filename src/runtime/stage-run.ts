/** One stage: its steps, restarts and samples, evaluations, proofs and checkpoints. */
import { changingParameters } from '../compiler/program/changing-parameters.ts';
import type { ParameterTensor, Stage } from '../compiler/program/program.ts';
import { Averages } from './averages.ts';
import type { StepResult } from './backends/backend.ts';
import type { BatchSource } from './batch-source.ts';
import type { EvaluationResult, NamedTensor, SampleResult } from './checkpoint.ts';
import { combinedEvaluation, combineMetrics } from './combine-metrics.ts';
import { rehearse } from './evaluator.ts';
import { columnsRead, rampsIn, reads } from './feeds.ts';
import type { Feeder, Tensors } from './feeds.ts';
import { Patience } from './patience.ts';
import { digestParameters, listNames, nonfiniteError, verifyFrozen } from './proofs.ts';
import { tensorDigest } from './digest.ts';
import { overSamples, sampleTurn, startValues } from './sample-turns.ts';
import type { SampleTurn } from './sample-turns.ts';
import { epochOrder, type EpochOrder } from './sampler.ts';
import { rateAt, weightAt } from './schedule.ts';
import { runSearch } from './search.ts';
import { StageBatches } from './stage-batches.ts';
import { StageCheckpoints } from './stage-checkpoints.ts';
import type { StageStart } from './stage-checkpoints.ts';
import { StageEnds } from './stage-ends.ts';
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
  readonly #changing: readonly ParameterTensor[];
  #length: StageLength = { steps: 0, stepsPerEpoch: 1, perRestart: 0, samples: 1 };
  #source: BatchSource | undefined;
  #order: EpochOrder | undefined;
  #batches: StageBatches | undefined;
  #evaluations: StageEvaluations | undefined;
  #averages: Averages | undefined;
  #patience: Patience | undefined;
  /** Digests of every changing tensor when the stage began. */
  #started: ReadonlyMap<string, string>;
  /** Steps of this stage that are done. */
  #step: number;
  /** Step at which the sample at hand began; 0 where samples are not apart. */
  #begunAt: number;
  /** The present restart, and the step at which it began. */
  #restart: number;
  #restartedAt: number;
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
    this.#step = state?.step ?? 0;
    this.#begunAt = state?.turn?.begunAt ?? 0;
    this.#restart = state?.turn?.restart ?? 0;
    this.#restartedAt = state?.turn?.restartedAt ?? 0;
    this.#done = state?.samples ?? [];
    this.#moved = new Set(state?.turn?.moved);
    this.#started = new Map(Object.entries(state?.started ?? {}));
    this.runStep = start.runStep;
    this.counter = start.counter;
    this.#values = new StageValues({
      request,
      feeder,
      stage,
      progressOf: (task) => this.#progressOf(task),
      frozen: () => this.#frozenHere(),
      weights: () => this.#weights(),
    });
    this.#ends = new StageEnds({ request, stage, start, values: this.#values, readChanging: () => this.#readChanging() }); // prettier-ignore
    this.#checkpoints = new StageCheckpoints({ request, stage, start, readChanging: () => this.#readChanging() });
  }

  get results(): readonly EvaluationResult[] {
    const { name, evaluations, each } = this.#stage;
    const results = each !== true ? (this.#evaluations?.results ?? []) : this.#isDone ? overSamples(evaluations, this.#done) : []; // prettier-ignore
    const metrics = combineMetrics(this.#request.program.combined ?? [], [...this.#start.earlier, ...results]);
    if (metrics.length === 0 || !this.#isDone) return results;
    return [...results, { stage: name, evaluation: combinedEvaluation, data: combinedEvaluation, step: this.#step, samples: 0, best: false, metrics }]; // prettier-ignore
  }

  async run(): Promise<'complete' | 'interrupted'> {
    try {
      await this.#prepare();
      const moved = this.#stage.each === true ? await this.#eachSample() : await this.#once();
      this.#isDone = true;
      this.#emitResults();
      await this.#certify(moved);
      await this.#ends.keep(this.#step, this.counter, this.#evaluations);
      await this.#checkpoint('end');
      return 'complete';
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      await this.#checkpoint('interrupt');
      return 'interrupted';
    }
  }

  /** The stage over its whole data. Gives how many tensors moved. */
  async #once(): Promise<number> {
    const taken = await this.#ends.take(this.#started, this.#request.frozenDigests, this.counter);
    if (taken === undefined) {
      await this.#searchCandidates();
      await this.#trainSteps();
      // what is left, evaluated and handed on are the averages
      await this.#averages?.settle();
    } else {
      if (taken.best !== undefined) await this.#request.store.saveBest(taken.best, await this.#readChanging());
      this.#evaluations?.restore(taken.best, taken.selected);
      this.#step = taken.steps;
      this.runStep += taken.steps;
      this.counter += taken.counted;
    }
    const moved = await this.#countMoved();
    await this.#evaluations?.runFinal(taken?.best?.step ?? this.#step);
    return moved;
  }

  /** Everything that can fail without training fails here: data, constants, features, and a minibatch of each evaluation. */
  async #prepare(): Promise<void> {
    const { program, session, emit } = this.#request;
    const stage = this.#stage;
    checkStage(program, stage);
    this.#source = stage.data === undefined ? undefined : await this.#values.open(stage.data);
    this.#length = lengthOfStage(stage, this.#source);
    const changing = this.#changing.map(({ name }) => name);
    if (this.#started.size === 0) this.#started = await digestParameters(session, changing);
    this.#evaluations = this.#stageEvaluations(true);
    emit(planEvent(program, stage, this.#length));
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
    await this.#source?.prepare?.(columnsRead(stage.step));
    if (stage.each !== true && reads(stage.step, 'feature')) await this.#values.features(stage.data ?? '');
    const first = stage.each === true ? this.#source?.alone?.(this.#done.length)?.source : undefined;
    for (const evaluation of stage.evaluations)
      await rehearse(await this.#values.evaluationRequest(evaluation, first && { source: first, feeder: this.#feeder })); // prettier-ignore
  }

  /** `resumed`: goes on from what the checkpoint holds. */
  #stageEvaluations(resumed: boolean): StageEvaluations {
    const { program, session, emit, store } = this.#request;
    const state = resumed ? this.#start.resume?.state : undefined;
    const begunAt = this.#begunAt;
    return new StageEvaluations({
      program,
      stage: this.#stage,
      stepsPerEpoch: this.#length.stepsPerEpoch,
      // within a sample steps are its own
      emit: (event) => emit(event.event === 'eval' ? { ...event, step: event.step + begunAt } : event),
      prepare: (evaluation) => this.#values.evaluationRequest(evaluation, this.#turn),
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
    return stop === undefined ? undefined : new Patience(stop, this.#length.stepsPerEpoch, state);
  }

  // ── steps ──────────────────────────────────────────────────────────

  /** All restarts of the stage, or of the sample at hand. */
  async #trainSteps(): Promise<void> {
    const { emit, clock } = this.#request;
    const { stepsPerEpoch } = this.#length;
    let epochStart = clock();
    this.#batches?.begin(this.#batch);
    for (;;) {
      await this.#evaluateDue();
      const isOver = this.#localStep >= this.#length.perRestart || this.#hasWaited();
      if (isOver && this.#restart + 1 >= (this.#stage.restarts ?? 1)) return;
      if (this.#checkpoints.isDue(this.#step, stepsPerEpoch)) await this.#checkpoint('interval');
      if (isOver) await this.#beginRestart();
      this.#stopIfAsked();
      const started = clock();
      await this.#oneStep(started);
      if (this.#stage.each !== true && this.#step % stepsPerEpoch === 0) {
        emit({ event: 'epoch', stage: this.#stage.name, epoch: this.#step / stepsPerEpoch, ms: clock() - epochStart });
        epochStart = clock();
      }
    }
  }

  /** Steps of the sample at hand, or of the stage. */
  get #sampleStep(): number {
    return this.#step - this.#begunAt;
  }

  /** Steps of the present restart. */
  get #localStep(): number {
    return this.#step - this.#restartedAt;
  }

  /** Batches of one update. */
  get #accumulate(): number {
    return this.#stage.accumulate ?? 1;
  }

  /** Batches of the sample or the stage that are done. */
  get #batch(): number {
    return this.#sampleStep * this.#accumulate;
  }

  #batchesOf(source: BatchSource | undefined, order: EpochOrder | undefined): StageBatches {
    const { steps, samples, stepsPerEpoch } = this.#length;
    const total = (steps / samples) * this.#accumulate;
    // one sample is all of its data
    const batchesPerEpoch = this.#stage.each === true ? 1 : stepsPerEpoch * this.#accumulate;
    return new StageBatches({ stage: this.#stage, source, order, batchesPerEpoch, total });
  }

  /** Evaluations that are due now read the averages, where there are any. */
  async #evaluateDue(): Promise<void> {
    const evaluations = this.#evaluations;
    const step = this.#sampleStep;
    if (evaluations?.isDue(step) === true) await this.#averaged(() => evaluations.runDue(step));
  }

  async #averaged(work: () => Promise<void>): Promise<void> {
    await (this.#averages === undefined ? work() : this.#averages.during(work));
  }

  /** Whether the rule of stopping ends the restart here. */
  #hasWaited(): boolean {
    return this.#patience?.isOver(this.#sampleStep, this.#evaluations?.results ?? []) ?? false;
  }

  /** `restarts: 3 keep best`: the end of this one is measured, then everything that trains is drawn anew. */
  async #beginRestart(): Promise<void> {
    await this.#averaged(async () => this.#evaluations?.runSelecting(this.#sampleStep));
    this.#restart++;
    await this.#beginAnew(await this.#startValues());
  }

  #startValues(): Promise<Map<string, Float32Array>> {
    return startValues(this.#request, this.#stage, this.#turn, this.#restart, this.#values.constants);
  }

  async #beginAnew(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    const { session } = this.#request;
    await session.writeParameters(values);
    await session.writeSlots(new Map());
    this.#startedFrom = digestsOf(values);
    await this.#averages?.start(undefined);
    this.#patience = this.#newPatience(undefined);
    this.#restartedAt = this.#step;
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
      const feeds = await this.#stepFeeds(at);
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
      epoch: Math.floor(this.#step / stepsPerEpoch) + 1,
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

  async #stepFeeds(micro: number): Promise<Tensors> {
    const { step: fn } = this.#stage;
    const number = this.#batch + micro;
    const columns = (await this.#batches?.take(number)) ?? {};
    const features = this.#turn?.held ?? this.#values.batchFeatures(this.#batches?.indices(number) ?? new Uint32Array()); // prettier-ignore
    return (this.#turn?.feeder ?? this.#feeder).feeds(fn, {
      columns,
      constants: this.#values.constants,
      weights: this.#weights(),
      // the streams of a sample are its own, and begin with it
      counter: this.#turn === undefined ? this.counter + micro : number,
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

  // ── samples, each by itself ────────────────────────────────────────

  /** `train on each d`. Gives how many tensors moved for some sample. */
  async #eachSample(): Promise<number> {
    for (let at = this.#done.length; at < this.#length.samples; at++) {
      await this.#beginSample(at);
      await this.#trainSteps();
      await this.#averages?.settle();
      await this.#endSample();
    }
    const { trainable } = this.#stage;
    this.#reportStill(trainable.filter((name) => !this.#moved.has(name)));
    return this.#moved.size;
  }

  async #beginSample(at: number): Promise<void> {
    const { emit } = this.#request;
    const stage = this.#stage;
    const source = this.#source;
    if (source === undefined) return;
    const resumed = this.#start.resume?.state;
    const goesOn = resumed?.turn !== undefined && resumed.samples?.length === at && this.#step > resumed.turn.begunAt;
    const now = goesOn && resumed.turn !== undefined ? resumed.turn : { begunAt: this.#step, restart: 0 };
    this.#begunAt = now.begunAt;
    this.#turn = await sampleTurn(this.#request, stage, source, at, this.#values.constants);
    const { perRestart, samples } = this.#length;
    emit({ event: 'sample', stage: stage.name, at: at + 1, of: samples, name: this.#turn.name, begunAt: this.#begunAt, steps: perRestart * (stage.restarts ?? 1) }); // prettier-ignore
    this.#batches = this.#batchesOf(this.#turn.source, () => Uint32Array.of(0));
    this.#evaluations = this.#stageEvaluations(goesOn);
    this.#restart = now.restart;
    const values = await this.#startValues();
    if (goesOn) this.#startedFrom = digestsOf(values);
    else await this.#beginAnew(values);
  }

  /** The selected parameters of the sample are evaluated and kept. A run that is resumed never comes back behind this. */
  async #endSample(): Promise<void> {
    const { session, store } = this.#request;
    const turn = this.#turn;
    if (turn === undefined) return;
    for (const [name, digest] of await digestParameters(session, this.#stage.trainable))
      if (digest !== this.#startedFrom.get(name)) this.#moved.add(name);
    await this.#evaluations?.runFinal(this.#sampleStep);
    const { at, name } = turn;
    const { results = [], best } = this.#evaluations ?? {};
    await store.saveSample({ at, name, step: best?.step ?? this.#sampleStep }, await this.#readChanging());
    this.#done = [...this.#done, { name, steps: this.#sampleStep, results }];
    this.#turn = undefined;
    this.#begunAt = this.#step;
    this.#restart = 0;
    this.#restartedAt = this.#step;
    this.#evaluations = this.#stageEvaluations(false);
    this.#patience = this.#newPatience(undefined);
    await this.#checkpoint('interval');
    this.#stopIfAsked();
  }

  // ── search ─────────────────────────────────────────────────────────

  /** `maximize`: the best candidate stays in the session. It counts as one step. */
  async #searchCandidates(): Promise<void> {
    const { search, trainable } = this.#stage;
    if (search === undefined || this.#step > 0) return;
    const { session, seed } = this.#request;
    const evaluation = await this.#values.evaluationRequest(search.evaluation);
    await runSearch({ session, search, trainable, evaluation, seed, progress: this.#progressOf('search') });
    this.#step = 1;
    this.#length = { steps: 1, stepsPerEpoch: 1, perRestart: 1, samples: 1 };
    this.runStep++;
    this.counter++;
  }

  // ── events ─────────────────────────────────────────────────────────

  /** What is known only now: means over the samples, and metrics of metrics. */
  #emitResults(): void {
    for (const result of this.results) {
      if (this.#stage.each !== true && result.evaluation !== combinedEvaluation) continue;
      const { stage, evaluation, data, samples, metrics, best } = result;
      this.#request.emit({ event: 'eval', stage, evaluation, data, step: this.#step, samples, metrics, best });
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

  // ── proofs ─────────────────────────────────────────────────────────

  /** Trainable tensors that differ from the start of the stage. One that does not is worth a warning: its gradient was always zero. */
  async #countMoved(): Promise<number> {
    const { trainable } = this.#stage;
    const now = await digestParameters(this.#request.session, trainable);
    const still = trainable.filter((name) => now.get(name) === this.#started.get(name));
    // the best candidate of a search may be what was there
    if (this.#stage.search === undefined) this.#reportStill(still);
    return trainable.length - still.length;
  }

  #reportStill(still: readonly string[]): void {
    if (still.length === 0) return;
    const message = `trainable, but never moved: ${listNames(still)}`;
    this.#request.emit({ event: 'warning', code: 'CX8232', message });
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
      step: this.#step,
      steps: this.#length.steps,
      runStep: this.runStep,
      counter: this.counter,
      started: this.#started,
      results: isEnd && this.#stage.each === true ? this.results : (this.#evaluations?.resumable ?? []),
      after: this.results,
      best,
      selected,
      patience,
      averages: await this.#averages?.slots(),
      ...(isApart ? { turn: { begunAt: this.#begunAt, restart: this.#restart, restartedAt: this.#restartedAt, moved: [...this.#moved] } } : {}),
      ...(this.#stage.each === true ? { samples: this.#done } : {}),
    }); // prettier-ignore
  }
}

const digestsOf = (values: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, string> =>
  new Map([...values].map(([name, value]) => [name, tensorDigest(value)]));
