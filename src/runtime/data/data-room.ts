import { invariant, unreachable } from '../../compiler/common/invariant.ts';
import { renderMissing } from './render-missing.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { Column, DatasetSpec, Program } from '../../compiler/program/program.ts';
import { groupEntries } from '../../compiler/program/vocabulary.ts';
import { columnsOfTemplate, readableText, type TextTemplate } from '../../compiler/program/text-template.ts';
import { columnsOfView, evaluationSteps, type View } from '../../compiler/program/view.ts';
import type { TensorValue } from '../backends/backend.ts';
import type { BatchSource, RunData, SampleAlone } from '../batch-source.ts';
import { sha256 } from '../digest.ts';
import { stream } from '../random.ts';
import { baseOf, entriesOf, isMedium, isThere } from './column-entries.ts';
import { decodeColumn } from './decode-column.ts';
import { decodeAhead } from './decode-ahead.ts';
import type { DecodingContext, Draw } from './decoding.ts';
import { DataError } from './data-error.ts';
import { mediumContent } from './media.ts';
import { sampleName } from './raw-sample.ts';
import { distinctWords, readVocabulary, type VocabularyContent } from './read-vocabulary.ts';
import { applyStep, mixRows, rowValue, splitRows, unfolded, unmapped, wordOf, type Row } from './rows.ts';
import { DataSource } from './source.ts';
import { sameTokens } from './same-tokens.ts';
import { textOf } from './views/decode-view.ts';
import { openTokenizer } from './open-tokenizer.ts';
import { randomSamples } from './random/random-samples.ts';
import { randomVocabulary } from './random/random-words.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What of a program says which data there are; a `Program` is one. Vocabularies `from` a column may still be empty. */
export type DataPlan = Pick<Program, 'columns' | 'vocabularies' | 'tokenizers' | 'texts' | 'data' | 'random'>;

export interface DataEnvironment {
  /** Paths of data and tokenizers are relative to it. */
  readonly projectFolder: string;
  /** Of the run: decides what `draw` draws. Splits and samples are the same for every seed. */
  readonly seed: number;
  readonly onProgress?: (task: string, done: number, total: number) => void;
  readonly onWarning?: (code: string, message: string) => void;
}

export interface SkippedSample {
  readonly sample: string;
  readonly reason: string;
}

/** One data set, opened: its samples are known, pictures are decoded when first asked for and then kept. */
export interface Dataset extends BatchSource {
  readonly name: string;
  /** `test` where the file says `mark(test)`. */
  readonly mark: string | undefined;
  /** Samples left out by `on_bad: skip`. */
  readonly skipped: readonly SkippedSample[];
  /** `shard.tar#key`. */
  sample(index: number): string;
  /** What a mapped column holds before decoding. */
  value(index: number, column: string): unknown;
  /** Distinct values of a column, sorted (numbers by size, words by code point): a vocabulary `from` it. */
  distinct(column: string): readonly string[];
  /** Decodes all pictures of these columns (all by default), so that no step waits and every broken one shows at once. */
  prepare(columns?: readonly string[]): Promise<void>;
  /** sha256 of the content of all mapped columns of all samples in order. */
  digest(): Promise<string>;
}

export interface DataRoom extends RunData {
  open(data: string): Promise<Dataset>;
  /** The words of a vocabulary, read from its data where it is `from` a column. */
  vocabulary(name: string): Promise<readonly string[]>;
  /** The same with further columns. */
  vocabularyContent(name: string): Promise<VocabularyContent>;
  tokenizer(id: string): Tokenizer;
}

/** Opens nothing yet: sources are read when a data set is first asked for, once each. Throws `DataError` from its methods. */
export function createDataRoom(plan: DataPlan, environment: DataEnvironment): DataRoom {
  const { projectFolder, seed } = environment;
  const sources = new Map<string, Promise<DataSource>>();
  const rowsByData = new Map<string, Promise<Row[]>>();
  const datasets = new Map<string, Promise<Dataset>>();
  const vocabularies = new Map<string, Promise<VocabularyContent>>();
  const tokenizers = new Map<string, Tokenizer>();
  const texts = new Map<string, Promise<Readonly<Record<'ids' | 'length' | 'starts', TensorValue>>>>();
  const skipped = new Map<string, SkippedSample[]>();
  const identities = new Map<string, Map<string, number>>();

  const context: DecodingContext = {
    tokenizer,
    vocabulary,
    vocabularyContent,
    column: columnOf,
    identity(column, value) {
      const known = identities.get(column) ?? new Map<string, number>();
      identities.set(column, known);
      const number = known.get(value) ?? known.size;
      known.set(value, number);
      return number;
    },
    tooLong(column, sample, text, context) {
      if (plan.random === true) return;
      throw new DataError('user', 'CX8111', `the text of column \`${column}\` of ${sample} is longer than the ${context} tokens that its encoder reads: "${text}"`, {
        help: `\`text(max: ${context})\` cuts longer texts, which keep their end token`,
      }); // prettier-ignore
    },
  };

  function specOf(name: string): DatasetSpec {
    const spec = plan.data.find((one) => one.name === name);
    if (spec !== undefined) return spec;
    const nearest = nearestName(
      name,
      plan.data.map((one) => one.name),
    );
    throw new DataError(
      'user',
      'CX8108',
      `there is no data set \`${name}\``,
      nearest === undefined ? {} : { help: `did you mean \`${nearest}\`?` },
    );
  }

  function rowsOf(name: string): Promise<Row[]> {
    return once(rowsByData, name, () => readRows(specOf(name)));
  }

  async function readRows(spec: DatasetSpec): Promise<Row[]> {
    const first = await originRows(spec);
    let rows = spec.onBad === 'skip' ? await withoutBad(spec, first) : first;
    for (const [position, step] of spec.steps.entries()) {
      const before = rows.length;
      rows = await applyStep(rows, step, stream(0, `${step.kind}:${spec.name}.${position}`), rowsOf);
      if (rows.length === 0) throw nothingLeft(spec.name, `\`${step.kind}\` leaves none of ${before}`);
    }
    if (rows.length === 0) throw nothingLeft(spec.name, 'its source has none');
    return spec.narrow === undefined ? rows : narrowedRows(spec, spec.narrow, rows);
  }

  /** The samples of which every word of the vocabulary is of the group. */
  async function narrowedRows(
    spec: DatasetSpec,
    narrow: NonNullable<DatasetSpec['narrow']>,
    rows: readonly Row[],
  ): Promise<Row[]> {
    // other words in their place: of all samples
    if ('words' in narrow) return [...rows];
    const { vocabulary: name, group } = narrow;
    const words = new Set((await groupContent(name, group)).entries);
    const classes = plan.columns.filter((column) => column.kind === 'class' && column.vocabulary === name && column.name in spec.columns); // prettier-ignore
    const kept = rows.filter((row) => classes.every((column) => words.has(wordOf(rowValue(row, column.name)))));
    if (kept.length === 0) throw nothingLeft(spec.name, `none of ${rows.length} has a word of \`${name}[${group}]\``);
    return kept;
  }

  /** The words of a group, in order, with their further columns. */
  async function groupContent(name: string, group: string): Promise<VocabularyContent> {
    const declared = plan.vocabularies.find((one) => one.name === name);
    invariant(declared, `the program has no vocabulary ${name}`);
    const { entries, columns } = await vocabularyContent(name);
    const chosen = groupEntries({ ...declared, entries }, group);
    const of = <Value extends number | string>(values: readonly Value[]): Value[] => chosen.flatMap((at) => values[at] ?? []); // prettier-ignore
    return {
      entries: of(entries),
      columns: Object.fromEntries(Object.entries(columns).map(([each, values]) => [each, of(values)])),
    };
  }

  /** How the columns of a data set are decoded: over a part of a vocabulary, its words are counted anew. */
  function contextOf({ narrow }: DatasetSpec): DecodingContext {
    if (narrow === undefined) return context;
    const content = (name: string): Promise<VocabularyContent> => {
      if (name !== narrow.vocabulary) return vocabularyContent(name);
      return 'words' in narrow ? vocabularyContent(narrow.words) : groupContent(name, narrow.group);
    };
    return { ...context, vocabularyContent: content, vocabulary: async (name) => (await content(name)).entries };
  }

  async function originRows(spec: DatasetSpec): Promise<Row[]> {
    const { source: origin } = spec;
    switch (origin.kind) {
      case 'shards':
      case 'folder':
      case 'csv':
      case 'jsonl':
      case 'parquet':
      case 'idx':
      case 'features': {
        const source = await once(
          sources,
          `${origin.kind} ${origin.path} ${origin.kind === 'idx' ? (origin.labels ?? '') : ''}`,
          async () => {
            if (plan.random === true) return new DataSource(await randomSamples(plan, origin));
            if (origin.kind === 'shards') await renderMissing(origin.path, projectFolder, environment);
            return DataSource.read(origin, projectFolder);
          },
        );
        return unfolded(source.samples.map((sample, ordinal) => ({ source, ordinal, sample, columns: spec.columns })));
      }
      case 'same':
        return unfolded((await rowsOf(origin.data)).map((row) => withColumns(row, spec)));
      case 'split': {
        const rows = await rowsOf(origin.data);
        return unfolded(
          splitRows(rows, origin, stream(0, `split:${origin.data}`)).map((row) => withColumns(row, spec)),
        );
      }
      case 'mix': {
        const parts = [];
        for (const part of origin.parts) parts.push({ rows: await rowsOf(part.data), share: part.share });
        return unfolded(mixRows(parts).map((row) => withColumns(row, spec)));
      }
      default:
        return unreachable(origin);
    }
  }

  /** `on_bad: skip`: pictures that do not decode and samples that lack a column are left out and counted. */
  async function withoutBad(spec: DatasetSpec, rows: readonly Row[]): Promise<Row[]> {
    const media = mediaColumns(Object.keys(spec.columns));
    const bad: SkippedSample[] = [];
    const kept: Row[] = [];
    for (const row of rows) {
      try {
        for (const column of Object.keys(row.columns)) {
          const declared = plan.columns.find((one) => one.name === column);
          if (declared?.optional === true && !isThere(declared, row)) continue;
          const medium = media.find((one) => one.name === column);
          if (medium === undefined) rowValue(row, column);
          else for (const entry of entriesOf(medium, row)) await decodeAhead(medium, entry);
        }
        kept.push(row);
      } catch (error) {
        if (!(error instanceof DataError) || !['CX8101', 'CX8103', 'CX8104'].includes(error.code)) throw error;
        bad.push({ sample: sampleName(row.sample), reason: error.message });
      }
    }
    skipped.set(spec.name, bad);
    if (kept.length === 0)
      throw nothingLeft(spec.name, `all ${rows.length} are bad; the first: ${bad[0]?.reason ?? ''}`);
    if (bad.length > 0) {
      environment.onWarning?.(
        'CX8103',
        `${spec.name}: ${bad.length} of ${rows.length} samples skipped; the first: ${bad[0]?.reason ?? ''}`,
      );
    }
    return kept;
  }

  /** Columns of files. What is a view is decoded as what it is of. */
  function mediaColumns(names: readonly string[]): Column[] {
    return plan.columns.filter((column) => isMedium(column) && column.view === undefined && names.includes(column.name)); // prettier-ignore
  }

  function columnOf(name: string): Column {
    const column = plan.columns.find((one) => one.name === name);
    invariant(column, `the program declares no column ${name}`);
    return column;
  }

  /** The template of a column that is put together of others. */
  function templateOf(name: string): TextTemplate | undefined {
    const column = plan.columns.find((one) => one.name === name);
    return column?.kind === 'text' ? column.template : undefined;
  }

  async function openDataset(name: string): Promise<Dataset> {
    const spec = specOf(name);
    const rows = await rowsOf(name);
    const contents = new Map<string, string>();
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
        Object.assign(tensors, await decodeColumn(columnOf(column), chosen, at, draw(column), contextOf(spec)));
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
        contentKey: (_, columns) => contentKey(index, columns),
        texts: (_, column) => textsAt(index, column),
        tokenizer,
        alone: () => ({ name: own, source }),
      };
      return { name: own, source };
    }

    /** As an evaluation reads them: nothing is drawn. */
    function textsAt(index: number, column: string): readonly string[] {
      const row = rowAt(index);
      const declared = columnOf(column);
      const base = baseOf(declared, context);
      if (base.optional === true && !isThere(base, row)) return [];
      const draw = drawOf(column, undefined);
      return entriesOf(base, row).map((entry) => textOf(declared, { row: entry, at: index, place: 0 }, { draw, context })); // prettier-ignore
    }

    async function contentOf(index: number, column: string): Promise<string> {
      const key = `${index} ${column}`;
      const known = contents.get(key);
      if (known !== undefined) return known;
      const row = rowAt(index);
      const derived = templateOf(column);
      if (derived !== undefined) return templateContent(derived, (read) => contentOf(index, read));
      const declared = plan.columns.find((one) => one.name === column);
      if (declared?.view !== undefined) return viewContent(declared.view, (read) => contentOf(index, read));
      if (declared?.optional === true && !isThere(declared, row)) return 'nothing';
      const source = row.columns[column];
      if (source === undefined) throw unmapped(column, Object.keys(row.columns));
      const medium = declared !== undefined && isMedium(declared) ? declared : undefined;
      const files = medium && entriesOf(medium, row).map((entry) => mediumContent(column, entry).map((part) => sha256(part))); // prettier-ignore
      const [only] = files?.[0] ?? [];
      const isOne = medium?.each === undefined && files?.[0]?.length === 1 && only !== undefined;
      // a file read in another way is other content
      const { name: _name, ...way } = medium ?? { name: column };
      const isPlain = medium === undefined || (medium.kind === 'image' && medium.fit === 'cover' && medium.preprocess === undefined); // prettier-ignore
      const content = isOne && isPlain ? only : sha256(JSON.stringify(files ?? rowValue(row, column)), isPlain ? '' : JSON.stringify(way)); // prettier-ignore
      contents.set(key, content);
      return content;
    }

    async function contentKey(index: number, columns: readonly string[]): Promise<string> {
      const parts: string[] = [];
      for (const column of columns) parts.push(`${column} ${await contentOf(index, column)}`);
      return sha256(parts.join('\n'));
    }

    return {
      name,
      count: rows.length,
      mark: spec.mark,
      skipped: skipped.get(name) ?? [],
      sample: (index) => sampleName(rowAt(index).sample),
      value: (index, column) => rowValue(rowAt(index), column),
      distinct: (column) => distinctValues(rows, column),
      batch: (indices, columns, epoch) => {
        const at = Array.from(indices);
        return batch(at.map(rowAt), at, columns, (column) => drawOf(column, epoch));
      },
      alone,
      texts: textsAt,
      tokenizer,
      async prepare(columns) {
        const media = mediaColumns(columns?.map((column) => baseOf(columnOf(column), context).name) ?? mapped());
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
      contentKey,
      async digest() {
        if (whole !== undefined) return whole;
        const keys: string[] = [];
        for (let index = 0; index < rows.length; index++) keys.push(await contentKey(index, mapped()));
        whole = sha256(keys.join('\n'));
        return whole;
      },
    };
  }

  function tokenizer(id: string): Tokenizer {
    const spec = plan.tokenizers.find((one) => one.id === id);
    invariant(spec, `the program has no tokenizer ${id}`);
    const known = tokenizers.get(id) ?? openTokenizer(spec, projectFolder);
    tokenizers.set(id, known);
    return known;
  }

  function vocabularyContent(name: string): Promise<VocabularyContent> {
    return once(vocabularies, name, async () => {
      const spec = plan.vocabularies.find((one) => one.name === name);
      invariant(spec, `the program has no vocabulary ${name}`);
      const { entries, from, columns = {} } = spec;
      if (entries.length > 0 || from === undefined) return { entries, columns };
      if (plan.random === true && from.kind !== 'columns') return randomVocabulary(plan, spec);
      return readVocabulary(name, from, rowsWith, projectFolder);
    });
  }

  /** The samples that hold a column, where it may be absent. */
  async function rowsWith(data: string, name: string): Promise<readonly Row[]> {
    const column = plan.columns.find((one) => one.name === name);
    const rows = await rowsOf(data);
    return column?.optional === true ? rows.filter((row) => isThere(column, row)) : rows;
  }

  async function vocabulary(name: string): Promise<readonly string[]> {
    return (await vocabularyContent(name)).entries;
  }

  return {
    open: (data) => once(datasets, data, () => openDataset(data)),
    vocabulary,
    vocabularyContent,
    tokenizer,
    texts: (table) => once(texts, table, () => encodedTable(table)),
  };

  async function encodedTable(table: string): Promise<Readonly<Record<'ids' | 'length' | 'starts', TensorValue>>> {
    const spec = plan.texts.find((one) => one.id === table);
    invariant(spec, `the program has no table of texts ${table}`);
    const encoder = tokenizer(spec.tokenizer);
    const slots = spec.vectors ?? [];
    const { ids, length, starts, truncated } = encoder.encode(spec.texts, slots);
    const cut = truncated.indexOf(true);
    if (cut >= 0 && plan.random !== true) {
      throw new DataError('user', 'CX8111', `${table}: ${truncated.filter(Boolean).length} of ${spec.texts.length} prompts are longer than the ${encoder.context} tokens that the encoder reads; the first: "${readableText(spec.texts[cut] ?? '')}"`, {
        help: 'say it in fewer words: `clipx plan` counts the tokens of every prompt',
      }); // prettier-ignore
    }
    const twins = sameTokens(spec.texts, ids, encoder.context);
    const [first] = twins;
    if (first !== undefined) {
      const more = twins.length === 1 ? '' : ` (and ${twins.length - 1} more)`;
      environment.onWarning?.(
        'CX8114',
        `${table}: "${readableText(first[0])}" and "${readableText(first[1])}" give the same tokens${more}: no model can tell them apart`,
      );
    }
    return {
      ids: { dtype: 'i32', shape: [...spec.shape, encoder.context], data: ids },
      length: { dtype: 'i32', shape: spec.shape, data: length },
      starts: { dtype: 'i32', shape: [...spec.shape, slots.length], data: starts },
    };
  }
}

/** What the texts of a sample depend on: the template and the columns that it reads. */
async function templateContent(
  template: TextTemplate,
  contentOf: (column: string) => Promise<string>,
): Promise<string> {
  const parts = await Promise.all(columnsOfTemplate(template).map(contentOf));
  return sha256(JSON.stringify([template, parts]));
}

/** In an evaluation, where it is one for all epochs: what it is of, and what is done to that. */
async function viewContent(view: View, contentOf: (column: string) => Promise<string>): Promise<string> {
  const steps = view.draws === undefined ? evaluationSteps(view.steps) : view.steps;
  const parts = await Promise.all(columnsOfView({ ...view, steps }).map(contentOf));
  return steps.length === 0 && view.count === undefined && view.draws === undefined ? (parts[0] ?? '') : sha256(JSON.stringify([steps, view.count, parts, ...(view.draws === undefined ? [] : [view.draws, view.stream])])); // prettier-ignore
}

/** Pictures in flight at a time: enough for sharp's threads, few enough for memory. */
const decodingChunk = 64;

function withColumns({ given, ...row }: Row, spec: DatasetSpec): Row {
  const kept = given === undefined ? {} : { given };
  if (Object.keys(spec.columns).length === 0) return { ...row, ...kept };
  // what the set it is made of unfolded stays so; an unfolded column of its own is read anew
  const same = given !== undefined && Object.keys(given).every((name) => JSON.stringify(spec.columns[name]) === JSON.stringify(row.columns[name])); // prettier-ignore
  return { ...row, columns: spec.columns, ...(same ? kept : {}) };
}

const distinctValues = (rows: readonly Row[], column: string): string[] =>
  distinctWords(rows.map((row) => wordOf(rowValue(row, column))));

/** A path that leads nowhere in any sample is a slip of the pen, not an absent value. */
function nowhere(data: string, column: string, first: Row | undefined): DataError {
  const source = first?.columns[column];
  const path = source?.kind === 'path' ? ` at "${source.path}"` : '';
  const present = first === undefined ? '' : [...first.sample.members.keys()].slice(0, 12).join(', ');
  return new DataError('user', 'CX8104', `no sample of \`${data}\` holds the optional column \`${column}\`${path}; the first has ${present}`, {
    help: 'correct the path, or leave the column out of the column map',
  }); // prettier-ignore
}

function nothingLeft(data: string, why: string): DataError {
  return new DataError('user', 'CX8109', `data set \`${data}\` has no samples: ${why}`, {
    help: 'check the condition against the values of the column',
  });
}

function once<Value>(known: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}
