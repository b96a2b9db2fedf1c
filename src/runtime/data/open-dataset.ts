import { invariant } from '../../compiler/common/invariant.ts';
import type { DatasetSpec } from '../../compiler/program/dataset.ts';
import type { TensorValue } from '../backends/backend.ts';
import type { BatchSource, SampleAlone } from '../batch-source.ts';
import { sha256 } from '../digest.ts';
import { stream } from '../random.ts';
import { baseOf, entriesOf, isThere } from './column-entries.ts';
import { ContentKeys } from './content-keys.ts';
import { DataError } from './data-error.ts';
import type { DataEnvironment, DataPlan } from './data-plan.ts';
import type { Dataset, SkippedSample } from './dataset.ts';
import { decodeAhead } from './decode-ahead.ts';
import { decodeColumn } from './decode-column.ts';
import type { DecodingContext, Draw } from './decoding.ts';
import { isMedium } from './media.ts';
import { sampleName } from './raw-sample.ts';
import { distinctWords } from './read-vocabulary.ts';
import { rowValue, wordOf, type Row } from './rows.ts';
import { textOf } from './views/decode-view.ts';

/** Pictures in flight at a time: enough for sharp's threads, few enough for memory. */
const decodingChunk = 64;

export interface OpenedRows {
  readonly plan: Pick<DataPlan, 'columns'>;
  readonly environment: Pick<DataEnvironment, 'seed' | 'onProgress'>;
  readonly spec: DatasetSpec;
  readonly rows: readonly Row[];
  readonly skipped: readonly SkippedSample[];
  /** How the columns of this set are decoded. */
  readonly context: DecodingContext;
}

/** A data set of samples that are read. Throws CX8104 where an optional column is absent from all of them. */
export function openDataset({ plan, environment, spec, rows, skipped, context }: OpenedRows): Dataset {
  const { seed } = environment;
  const { name } = spec;
  let whole: string | undefined;

  for (const column of plan.columns) {
    if (column.optional !== true || spec.columns[column.name] === undefined) continue;
    if (rows.every((row) => row.columns[column.name] !== undefined && !isThere(column, row))) throw nowhere(name, column.name, rows[0]); // prettier-ignore
  }

  const rowAt = (index: number): Row => {
    const row = rows[index];
    invariant(row, `${name} has no sample ${index}`);
    return row;
  };
  const mapped = (): string[] => Object.keys(rows[0]?.columns ?? {}).sort();
  const tokenizer = (id: string) => context.tokenizer(id);
  const contents = new ContentKeys(plan.columns, rowAt);

  /** `of`: what names the streams of one sample by itself. */
  const drawOf = (column: string, epoch: number | undefined, count = rows.length, of = ''): Draw => ({
    random: stream(seed, `draw:${name}.${column}${of}`),
    count,
    epoch,
    stream: (other) => stream(seed, `${other}${of}`),
    of: (other) => drawOf(other, epoch, count, of),
  });

  async function batch(
    chosen: readonly Row[],
    at: readonly number[],
    columns: readonly string[],
    draw: (column: string) => Draw,
  ): Promise<Record<string, TensorValue>> {
    const tensors: Record<string, TensorValue> = {};
    for (const column of columns)
      Object.assign(tensors, await decodeColumn(context.column(column), chosen, at, draw(column), context));
    return tensors;
  }

  /** Samples of one list that was unfolded have one key. */
  function nameAlone(index: number): string {
    const { sample, given } = rowAt(index);
    const before = given === undefined ? 0 : rows.slice(0, index).filter((row) => row.sample === sample).length;
    return given === undefined ? sample.key : `${sample.key}[${before}]`;
  }

  function alone(index: number): SampleAlone {
    const row = rowAt(index);
    const own = nameAlone(index);
    const source: BatchSource = {
      count: 1,
      batch: (indices, columns, epoch) => {
        const at = Array.from(indices);
        return batch(at.map(() => row), at, columns, (column) => drawOf(column, epoch, 1, `@${own}`)); // prettier-ignore
      },
      contentKey: (_, columns) => contents.of(index, columns),
      texts: (_, column) => textsAt(index, column),
      tokenizer,
      alone: () => ({ name: own, source }),
    };
    return { name: own, source };
  }

  /** As an evaluation reads them: nothing is drawn. */
  function textsAt(index: number, column: string): readonly string[] {
    const row = rowAt(index);
    const declared = context.column(column);
    const base = baseOf(declared, context);
    if (base.optional === true && !isThere(base, row)) return [];
    const draw = drawOf(column, undefined);
    return entriesOf(base, row).map((entry) => textOf(declared, { row: entry, at: index, place: 0 }, { draw, context })); // prettier-ignore
  }

  return {
    name,
    count: rows.length,
    mark: spec.mark,
    skipped,
    sample: (index) => sampleName(rowAt(index).sample),
    value: (index, column) => rowValue(rowAt(index), column),
    distinct: (column) => distinctWords(rows.map((row) => wordOf(rowValue(row, column)))),
    batch: (indices, columns, epoch) => {
      const at = Array.from(indices);
      return batch(at.map(rowAt), at, columns, (column) => drawOf(column, epoch));
    },
    alone,
    texts: textsAt,
    tokenizer,
    async prepare(columns) {
      // what is a view is decoded as what it is of
      const names = columns?.map((column) => baseOf(context.column(column), context).name) ?? mapped();
      const media = plan.columns.filter((column) => isMedium(column) && column.view === undefined && names.includes(column.name)); // prettier-ignore
      const total = rows.length * media.length;
      let done = 0;
      for (const column of media) {
        for (let start = 0; start < rows.length; start += decodingChunk) {
          const chunk = rows.slice(start, start + decodingChunk);
          const there = chunk.filter((row) => column.optional !== true || isThere(column, row));
          await Promise.all(there.flatMap((row) => entriesOf(column, row)).map((row) => decodeAhead(column, row)));
          done += chunk.length;
          environment.onProgress?.(`decoding ${name}`, done, total);
        }
      }
    },
    contentKey: (index, columns) => contents.of(index, columns),
    async digest() {
      if (whole !== undefined) return whole;
      const keys: string[] = [];
      for (let index = 0; index < rows.length; index++) keys.push(await contents.of(index, mapped()));
      whole = sha256(keys.join('\n'));
      return whole;
    },
  };
}

/** A path that leads nowhere in any sample is a slip of the pen, not an absent value. */
function nowhere(data: string, column: string, first: Row | undefined): DataError {
  const source = first?.columns[column];
  const path = source?.kind === 'path' ? ` at "${source.path}"` : '';
  const present = first === undefined ? '' : [...first.sample.members.keys()].slice(0, 12).join(', ');
  return new DataError('user', 'CX8104', `no sample of \`${data}\` holds the optional column \`${column}\`${path}; the first has ${present}`, {
    help: 'correct the path, or leave the column out of the column map',
  }); // prettier-ignore
}
