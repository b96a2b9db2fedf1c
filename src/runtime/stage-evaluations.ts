/** The evaluations of one stage: when each is due, which parameters were best, and the final ones on what was selected. */
import { invariant } from '../compiler/common/invariant.ts';
import type { Evaluation } from '../compiler/program/evaluation.ts';
import type { Program } from '../compiler/program/program.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { BestCheckpoint, EvaluationResult, NamedTensor } from './checkpoint.ts';
import { evaluate } from './evaluator.ts';
import type { EvaluationRequest } from './evaluator.ts';
import type { FoundText, RunEventBody } from './events.ts';
import { emptyMetrics } from './metric-values.ts';
import { durationInSteps } from './schedule.ts';
import { markOf } from './stage-plan.ts';

export interface StageEvaluationsRequest {
  readonly program: Program;
  readonly stage: Stage;
  readonly stepsPerEpoch: number;
  readonly emit: (event: RunEventBody) => void;
  /** Data, features and weights of an evaluation as they are now. */
  readonly prepare: (evaluation: Evaluation) => Promise<EvaluationRequest>;
  /** Every tensor that some stage changes. */
  /** Works out what figures show, once everything is evaluated. */
  readonly drawFigures?: () => Promise<void>;
  readonly readChanging: () => Promise<NamedTensor[]>;
  readonly writeParameters: (values: ReadonlyMap<string, Float32Array>) => Promise<void>;
  readonly saveBest: (best: BestCheckpoint, parameters: readonly NamedTensor[]) => Promise<void>;
  readonly loadBest: (best: BestCheckpoint) => Promise<ReadonlyMap<string, Float32Array>>;
  readonly best: BestCheckpoint | undefined;
  readonly selected: EvaluationResult | undefined;
  readonly results: readonly EvaluationResult[];
}

export class StageEvaluations {
  readonly #request: StageEvaluationsRequest;
  best: BestCheckpoint | undefined;
  /** The result that made it the best. */
  selected: EvaluationResult | undefined;
  /** The last result of each evaluation. */
  results: readonly EvaluationResult[];
  #beforeFinal: readonly EvaluationResult[] | undefined;

  constructor(request: StageEvaluationsRequest) {
    this.#request = request;
    this.best = request.best;
    this.selected = request.selected;
    this.results = request.results;
  }

  /** What a checkpoint keeps: of final evaluations that were left halfway nothing, they are done again as a whole. */
  get resumable(): readonly EvaluationResult[] {
    return this.#beforeFinal ?? this.results;
  }

  /** Goes on from what another run of this stage selected. */
  restore(best: BestCheckpoint | undefined, selected: EvaluationResult | undefined): void {
    this.best = best;
    this.selected = selected;
    this.results = selected === undefined ? [] : [selected];
  }

  /** Whether `runDue` has something to do. */
  isDue(step: number): boolean {
    return step > 0 && this.#request.stage.evaluations.some((evaluation) => this.#isDueNow(evaluation, step));
  }

  #isDueNow(evaluation: Evaluation, step: number): boolean {
    const every = this.#every(evaluation);
    return every !== undefined && step % every === 0 && !this.#isFresh(evaluation, step);
  }

  /** Evaluates what is due after `step` steps and was not evaluated then; test data never are. */
  async runDue(step: number): Promise<void> {
    if (step === 0) return;
    for (const evaluation of this.#request.stage.evaluations) {
      if (this.#isDueNow(evaluation, step)) await this.#run(evaluation, step, false);
    }
  }

  /** Measures what selects, where the parameters are about to go. */
  async runSelecting(step: number): Promise<void> {
    const selecting = this.#request.stage.evaluations.find(({ best }) => best !== undefined);
    if (selecting !== undefined && !this.#isFresh(selecting, step)) await this.#run(selecting, step, false);
  }

  /** The selected parameters come back, then everything is evaluated on them: test data for the first and only time. */
  async runFinal(steps: number): Promise<void> {
    const { stage, loadBest, writeParameters } = this.#request;
    await this.runSelecting(steps);
    this.#beforeFinal = this.results;
    const { best, selected } = this;
    if (best !== undefined && best.step !== steps) await writeParameters(await loadBest(best));
    if (selected !== undefined) this.#keep(selected);
    for (const evaluation of stage.evaluations) {
      const step = best?.step ?? steps;
      if (!this.#isFresh(evaluation, step)) await this.#run(evaluation, step, best !== undefined);
    }
    await this.#request.drawFigures?.();
    this.#beforeFinal = undefined;
  }

  /** Steps between evaluations; none where it is evaluated at the end alone, as test data always are. */
  #every({ name, data, every, best }: Evaluation): number | undefined {
    if (markOf(this.#request.program, data) === 'test') return undefined;
    const decides = best !== undefined || this.#request.stage.stop?.evaluation === name;
    const period = every ?? (decides ? ({ value: 1, unit: 'epoch' } as const) : undefined);
    return period === undefined ? undefined : Math.max(1, durationInSteps(period, this.#request.stepsPerEpoch));
  }

  /** Whether the last result of an evaluation is of these parameters. */
  #isFresh({ name, data }: Evaluation, step: number): boolean {
    return this.results.some((it) => it.evaluation === name && it.data === data && it.step === step);
  }

  /** `selected`: the parameters are the best ones, brought back; else they are kept if they prove to be the best so far. */
  async #run(evaluation: Evaluation, step: number, selected: boolean): Promise<void> {
    const { program, stage, emit, prepare } = this.#request;
    let texts: readonly FoundText[] = [];
    const metrics = await evaluate({ ...(await prepare(evaluation)), onTexts: (found) => (texts = found) });
    const best = selected || (await this.#keepIfBest(evaluation, step, metrics));
    const { name, data, count } = evaluation;
    const mark = markOf(program, data);
    const shared = { stage: stage.name, evaluation: name, data, step, samples: count, metrics, best };
    const result = { ...shared, ...(mark === undefined ? {} : { mark }) };
    if (best && !selected) this.selected = result;
    this.#keep(result);
    emit({ event: 'eval', ...shared, ...(texts.length === 0 ? {} : { texts }) });
    const empty = emptyMetrics(metrics);
    if (empty !== undefined) emit({ event: 'warning', code: 'CX8224', message: `evaluation \`${name}\` on ${data}: nothing to average for ${empty}` }); // prettier-ignore
  }

  /** Replaces the last result of an evaluation; the order is that of the stage. */
  #keep(result: EvaluationResult): void {
    const all = this.#request.stage.evaluations.flatMap(({ name, data }) => {
      const isThis = result.evaluation === name && result.data === data;
      return isThis ? [result] : this.results.filter((it) => it.evaluation === name && it.data === data);
    });
    this.results = all;
  }

  async #keepIfBest(evaluation: Evaluation, step: number, metrics: EvaluationResult['metrics']): Promise<boolean> {
    if (evaluation.best === undefined) return false;
    const { metric, direction } = evaluation.best;
    const value = metrics.find(({ name }) => name === metric)?.value;
    invariant(value !== undefined, `evaluation ${evaluation.name} has no metric ${metric}`);
    if (value === null) return false;
    const before = this.best?.value;
    if (before !== undefined && (direction === 'max' ? value <= before : value >= before)) return false;
    this.best = { evaluation: evaluation.name, metric, value, step };
    await this.#request.saveBest(this.best, await this.#request.readChanging());
    return true;
  }
}
