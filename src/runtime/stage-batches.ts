import { stepFunctions } from '../compiler/program/functions.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { BatchSource } from './batch-source.ts';
import { columnsRead } from './feeds.ts';
import type { Tensors } from './feeds.ts';
import type { EpochOrder } from './sampler.ts';

export interface StageBatchesRequest {
  readonly stage: Stage;
  readonly source: BatchSource | undefined;
  /** Which samples, in each epoch. */
  readonly order: EpochOrder | undefined;
  readonly batchesPerEpoch: number;
  /** Batches of the whole stage, or of one sample's optimisation: none is read beyond. */
  readonly total: number;
}

/** The batches of a stage by their number, those of all micro-batches counted: in order, and the next one read ahead. */
export class StageBatches {
  readonly #request: StageBatchesRequest;
  readonly #columns: readonly string[];
  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;
  /** The batch that is being read. */
  #ahead: { readonly number: number; readonly columns: Promise<Tensors> } | undefined;

  constructor(request: StageBatchesRequest) {
    this.#request = request;
    this.#columns = columnsRead(...stepFunctions(request.stage));
  }

  /** Samples of a batch: a new order each epoch, its last short batches left out. */
  indices(number: number): Uint32Array {
    const { order, batchesPerEpoch, stage } = this.#request;
    const epoch = Math.floor(number / batchesPerEpoch);
    if (this.#order?.epoch !== epoch) this.#order = { epoch, indices: order?.(epoch) ?? new Uint32Array() };
    const from = (number % batchesPerEpoch) * stage.batch;
    return this.#order.indices.slice(from, from + stage.batch);
  }

  /** Begins to read a batch: decoding goes on in other threads while the engine holds this one. */
  begin(number: number): void {
    const { source, total, batchesPerEpoch } = this.#request;
    this.#ahead = undefined;
    if (source === undefined || this.#columns.length === 0 || number >= total) return;
    const columns = source.batch(this.indices(number), this.#columns, Math.floor(number / batchesPerEpoch));
    // It is awaited one step later, or never where the run ends: until then a rejection is not unhandled.
    columns.catch(() => undefined);
    this.#ahead = { number, columns };
  }

  /** The columns of a batch; the next one is begun. */
  async take(number: number): Promise<Tensors> {
    if (this.#ahead?.number !== number) this.begin(number);
    const columns = (await this.#ahead?.columns) ?? {};
    this.begin(number + 1);
    return columns;
  }
}
