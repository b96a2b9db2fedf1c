/** What a stage computes ahead of its steps: constants, features by sample, values over whole data sets; and what evaluations read. */
import { stepFunctions } from '../compiler/program/functions.ts';
import { invariant } from '../compiler/common/invariant.ts';
import type { Evaluation } from '../compiler/program/evaluation.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { BatchSource } from './batch-source.ts';
import { prepareFeatures } from './cache/feature-table.ts';
import type { FeatureTable } from './cache/feature-table.ts';
import { dataValues } from './data-values.ts';
import { constantsById } from './evaluator.ts';
import type { EvaluationRequest } from './evaluator.ts';
import { reads } from './feeds.ts';
import type { Feeder, Tensors } from './feeds.ts';
import type { TrainRequest } from './trainer.ts';

type Progress = (done: number, total: number) => void;

export interface StageValuesRequest {
  readonly request: TrainRequest;
  readonly feeder: Feeder;
  readonly stage: Stage;
  readonly progressOf: (task: string) => Progress;
  /** Digests of all that this stage must not change. */
  readonly frozen: () => ReadonlyMap<string, string>;
  /** Values of weights at this moment. */
  readonly weights: () => Readonly<Record<string, number>>;
}

export class StageValues {
  readonly #of: StageValuesRequest;
  readonly #sources = new Map<string, BatchSource>();
  readonly #tables = new Map<string, FeatureTable>();
  #constants: Tensors = {};

  constructor(of: StageValuesRequest) {
    this.#of = of;
  }

  /** By id. */
  get constants(): Tensors {
    return this.#constants;
  }

  async open(data: string): Promise<BatchSource> {
    const known = this.#sources.get(data) ?? (await this.#of.request.data.open(data));
    this.#sources.set(data, known);
    return known;
  }

  /** Computes what is the same at every step. */
  async prepareConstants(): Promise<void> {
    const { request, feeder, stage } = this.#of;
    this.#constants = await this.#dataValues(false);
    if (stage.constants === undefined) return;
    const feeds = await feeder.feeds(stage.constants, { constants: this.#constants });
    const results = await request.session.call(stage.constants.id, feeds);
    this.#constants = { ...this.#constants, ...constantsById(stage.constants.outputs, results) };
  }

  /** Features of every sample of a set, from the cache as far as they are there. */
  async features(data: string): Promise<FeatureTable> {
    const known = this.#tables.get(data);
    if (known !== undefined) return known;
    const { request, feeder, stage, frozen, progressOf } = this.#of;
    const { session, emit, cacheFolder } = request;
    const fn = stage.features;
    invariant(fn, `stage ${stage.name} reads features and has no function for them`);
    const table = await prepareFeatures({
      session,
      fn,
      source: await this.open(data),
      feeder,
      constants: this.#constants,
      frozenDigests: frozen(),
      ...(cacheFolder === undefined ? {} : { folder: cacheFolder }),
      progress: progressOf(`features of ${data}`),
      warn: (message) => emit({ event: 'warning', code: 'CX8271', message }),
    });
    emit({ event: 'cache', hits: table.hits, misses: table.misses, bytes: table.bytes });
    this.#tables.set(data, table);
    return table;
  }

  /** Features of these samples of the data of the stage, where its step reads any. */
  batchFeatures(indices: Uint32Array): Tensors | undefined {
    const { stage } = this.#of;
    return stepFunctions(stage).some((fn) => reads(fn, 'feature'))
      ? this.#tables.get(stage.data ?? '')?.batch(indices)
      : undefined;
  }

  /** What an evaluation reads: of its whole set, or of one sample, with a feeder of its own. */
  async evaluationRequest(
    evaluation: Evaluation,
    sample?: { readonly source: BatchSource; readonly feeder: Feeder },
  ): Promise<EvaluationRequest> {
    const { request, feeder, weights, progressOf } = this.#of;
    const wantsFeatures = reads(evaluation.samples, 'feature') || reads(evaluation.metrics, 'feature');
    return {
      session: request.session,
      evaluation,
      source: sample?.source ?? (await this.open(evaluation.data)),
      feeder: sample?.feeder ?? feeder,
      constants: { ...this.#constants, ...(await this.#dataValues(true)) },
      features: wantsFeatures ? await this.features(evaluation.data) : undefined,
      weights: weights(),
      progress: progressOf(`evaluation ${evaluation.name}`),
    };
  }

  /** Values over whole data sets by id: those that stay the same in this stage, or those that its training changes. */
  async #dataValues(changes: boolean): Promise<Tensors> {
    const { request, feeder, stage, frozen, weights, progressOf } = this.#of;
    const { session, cacheFolder, emit } = request;
    const wanted = (stage.dataValues ?? []).filter((values) => (values.changes === true) === changes);
    let known = this.#constants;
    for (const values of wanted) {
      const gathered = {
        session,
        evaluation: values,
        source: await this.open(values.data),
        feeder,
        constants: known,
        features: undefined,
        weights: weights(),
        progress: progressOf(values.name),
      };
      const kept = cacheFolder === undefined || changes ? undefined : { folder: cacheFolder, digests: frozen(), warn: (message: string) => emit({ event: 'warning', code: 'CX8271', message }) }; // prettier-ignore
      known = { ...known, ...(await dataValues(gathered, kept)) };
    }
    return known;
  }
}
