import { unreachable } from '../../compiler/common/invariant.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { DatasetSpec } from '../../compiler/program/dataset.ts';
import { stream } from '../random.ts';
import { entriesOf, isThere } from './column-entries.ts';
import { DataError } from './data-error.ts';
import type { DataEnvironment, DataPlan } from './data-plan.ts';
import type { SkippedSample } from './dataset.ts';
import { decodeAhead } from './decode-ahead.ts';
import { isMedium } from './media.ts';
import { once } from './once.ts';
import { randomSamples } from './random/random-samples.ts';
import { sampleName } from './raw-sample.ts';
import type { VocabularyContent } from './read-vocabulary.ts';
import { renderMissing } from './render-missing.ts';
import { applyStep, mixRows, rowValue, splitRows, unfolded, wordOf, type Row } from './rows.ts';
import { DataSource, type FileOrigin } from './source.ts';

/** The samples of a program's data sets, which are made of files and of each other; each place on disk is read once. */
export class DatasetRows {
  readonly #plan: DataPlan;
  readonly #environment: DataEnvironment;
  readonly #groupOf: (vocabulary: string, group: string) => Promise<VocabularyContent>;
  readonly #sources = new Map<string, Promise<DataSource>>();
  readonly #rows = new Map<string, Promise<Row[]>>();
  readonly #skipped = new Map<string, SkippedSample[]>();

  /** `groupOf`: the words of a group of a vocabulary. */
  constructor(
    plan: DataPlan,
    environment: DataEnvironment,
    groupOf: (vocabulary: string, group: string) => Promise<VocabularyContent>,
  ) {
    this.#plan = plan;
    this.#environment = environment;
    this.#groupOf = groupOf;
  }

  /** Throws CX8108. */
  spec(name: string): DatasetSpec {
    const spec = this.#plan.data.find((one) => one.name === name);
    if (spec !== undefined) return spec;
    const nearest = nearestName(
      name,
      this.#plan.data.map((one) => one.name),
    );
    throw new DataError(
      'user',
      'CX8108',
      `there is no data set \`${name}\``,
      nearest === undefined ? {} : { help: `did you mean \`${nearest}\`?` },
    );
  }

  /** Throws CX8108, CX8109, and what reading the files throws. */
  of(name: string): Promise<Row[]> {
    return once(this.#rows, name, () => this.#read(this.spec(name)));
  }

  /** Samples that `on_bad: skip` has left out of a set that is read. */
  skipped(name: string): readonly SkippedSample[] {
    return this.#skipped.get(name) ?? [];
  }

  async #read(spec: DatasetSpec): Promise<Row[]> {
    const first = await this.#ofOrigin(spec);
    let rows = spec.onBad === 'skip' ? await this.#withoutBad(spec, first) : first;
    for (const [position, step] of spec.steps.entries()) {
      const before = rows.length;
      const random = stream(0, `${step.kind}:${spec.name}.${position}`);
      rows = await applyStep(rows, step, random, (other) => this.of(other));
      if (rows.length === 0) throw nothingLeft(spec.name, `\`${step.kind}\` leaves none of ${before}`);
    }
    if (rows.length === 0) throw nothingLeft(spec.name, 'its source has none');
    return spec.narrow === undefined ? rows : this.#narrowed(spec, spec.narrow, rows);
  }

  /** The samples of which every word of the vocabulary is of the group. */
  async #narrowed(spec: DatasetSpec, narrow: NonNullable<DatasetSpec['narrow']>, rows: readonly Row[]): Promise<Row[]> {
    // other words in their place: of all samples
    if ('words' in narrow) return [...rows];
    const { vocabulary: name, group } = narrow;
    const words = new Set((await this.#groupOf(name, group)).entries);
    const classes = this.#plan.columns.filter((column) => column.kind === 'class' && column.vocabulary === name && column.name in spec.columns); // prettier-ignore
    const kept = rows.filter((row) => classes.every((column) => words.has(wordOf(rowValue(row, column.name)))));
    if (kept.length === 0) throw nothingLeft(spec.name, `none of ${rows.length} has a word of \`${name}[${group}]\``);
    return kept;
  }

  async #ofOrigin(spec: DatasetSpec): Promise<Row[]> {
    const { source: origin } = spec;
    switch (origin.kind) {
      case 'shards':
      case 'folder':
      case 'csv':
      case 'jsonl':
      case 'parquet':
      case 'idx':
      case 'features': {
        const source = await this.#source(origin);
        return unfolded(source.samples.map((sample, ordinal) => ({ source, ordinal, sample, columns: spec.columns })));
      }
      case 'same':
        return unfolded((await this.of(origin.data)).map((row) => withColumns(row, spec)));
      case 'split': {
        const rows = splitRows(await this.of(origin.data), origin, stream(0, `split:${origin.data}`));
        return unfolded(rows.map((row) => withColumns(row, spec)));
      }
      case 'mix': {
        const parts = [];
        for (const part of origin.parts) parts.push({ rows: await this.of(part.data), share: part.share });
        return unfolded(mixRows(parts).map((row) => withColumns(row, spec)));
      }
      default:
        return unreachable(origin);
    }
  }

  #source(origin: FileOrigin): Promise<DataSource> {
    const { projectFolder } = this.#environment;
    const labels = origin.kind === 'idx' ? (origin.labels ?? '') : '';
    return once(this.#sources, `${origin.kind} ${origin.path} ${labels}`, async () => {
      if (this.#plan.random === true) return new DataSource(await randomSamples(this.#plan, origin));
      if (origin.kind === 'shards') await renderMissing(origin.path, projectFolder, this.#environment);
      return DataSource.read(origin, projectFolder);
    });
  }

  /** `on_bad: skip`: pictures that do not decode and samples that lack a column are left out and counted. */
  async #withoutBad(spec: DatasetSpec, rows: readonly Row[]): Promise<Row[]> {
    const bad: SkippedSample[] = [];
    const kept: Row[] = [];
    for (const row of rows) {
      try {
        for (const name of Object.keys(row.columns)) await this.#tryColumn(name, row);
        kept.push(row);
      } catch (error) {
        if (!(error instanceof DataError) || !['CX8101', 'CX8103', 'CX8104'].includes(error.code)) throw error;
        bad.push({ sample: sampleName(row.sample), reason: error.message });
      }
    }
    this.#skipped.set(spec.name, bad);
    const first = bad[0]?.reason ?? '';
    if (kept.length === 0) throw nothingLeft(spec.name, `all ${rows.length} are bad; the first: ${first}`);
    if (bad.length > 0) {
      const told = `${spec.name}: ${bad.length} of ${rows.length} samples skipped; the first: ${first}`;
      this.#environment.onWarning?.('CX8103', told);
    }
    return kept;
  }

  /** Throws where a sample holds no good value of a column that it should hold. */
  async #tryColumn(name: string, row: Row): Promise<void> {
    const declared = this.#plan.columns.find((column) => column.name === name);
    if (declared?.optional === true && !isThere(declared, row)) return;
    if (declared === undefined || !isMedium(declared) || declared.view !== undefined) rowValue(row, name);
    else for (const entry of entriesOf(declared, row)) await decodeAhead(declared, entry);
  }
}

function withColumns({ given, ...row }: Row, spec: DatasetSpec): Row {
  const kept = given === undefined ? {} : { given };
  if (Object.keys(spec.columns).length === 0) return { ...row, ...kept };
  // what the set it is made of unfolded stays so; an unfolded column of its own is read anew
  const same = given !== undefined && Object.keys(given).every((name) => JSON.stringify(spec.columns[name]) === JSON.stringify(row.columns[name])); // prettier-ignore
  return { ...row, columns: spec.columns, ...(same ? kept : {}) };
}

function nothingLeft(data: string, why: string): DataError {
  return new DataError('user', 'CX8109', `data set \`${data}\` has no samples: ${why}`, {
    help: 'check the condition against the values of the column',
  });
}
