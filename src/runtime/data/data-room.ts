import { invariant } from '../../compiler/common/invariant.ts';
import type { Column } from '../../compiler/program/column.ts';
import type { DatasetSpec } from '../../compiler/program/dataset.ts';
import type { RunData } from '../batch-source.ts';
import { DataError } from './data-error.ts';
import type { DataEnvironment, DataPlan } from './data-plan.ts';
import { DatasetRows } from './dataset-rows.ts';
import type { Dataset } from './dataset.ts';
import type { DecodingContext } from './decoding.ts';
import { encodeTable } from './encode-table.ts';
import { once } from './once.ts';
import { openDataset } from './open-dataset.ts';
import { openTokenizer } from './open-tokenizer.ts';
import type { VocabularyContent } from './read-vocabulary.ts';
import type { Tokenizer } from './tokenizer.ts';
import { Vocabularies } from './vocabularies.ts';

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
  const { projectFolder } = environment;
  const datasets = new Map<string, Promise<Dataset>>();
  const tokenizers = new Map<string, Tokenizer>();
  const texts = new Map<string, ReturnType<RunData['texts']>>();
  const identities = new Map<string, Map<string, number>>();
  // each reads of the other: groups narrow data sets, and columns hold the words of vocabularies
  const rows = new DatasetRows(plan, environment, (name, group) => vocabularies.group(name, group));
  const vocabularies = new Vocabularies(plan, projectFolder, (data) => rows.of(data));

  const vocabularyContent = (name: string): Promise<VocabularyContent> => vocabularies.content(name);
  const vocabulary = async (name: string): Promise<readonly string[]> => (await vocabularyContent(name)).entries;

  function tokenizer(id: string): Tokenizer {
    const spec = plan.tokenizers.find((one) => one.id === id);
    invariant(spec, `the program has no tokenizer ${id}`);
    const known = tokenizers.get(id) ?? openTokenizer(spec, projectFolder);
    tokenizers.set(id, known);
    return known;
  }

  const context: DecodingContext = {
    tokenizer,
    vocabulary,
    vocabularyContent,
    column(name): Column {
      const column = plan.columns.find((one) => one.name === name);
      invariant(column, `the program declares no column ${name}`);
      return column;
    },
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

  /** How the columns of a data set are decoded: over a part of a vocabulary, its words are counted anew. */
  function contextOf({ narrow }: DatasetSpec): DecodingContext {
    if (narrow === undefined) return context;
    const content = (name: string): Promise<VocabularyContent> => {
      if (name !== narrow.vocabulary) return vocabularyContent(name);
      return 'words' in narrow ? vocabularyContent(narrow.words) : vocabularies.group(name, narrow.group);
    };
    return { ...context, vocabularyContent: content, vocabulary: async (name) => (await content(name)).entries };
  }

  return {
    open: (data) =>
      once(datasets, data, async () => {
        const spec = rows.spec(data);
        const read = await rows.of(data);
        return openDataset({ plan, environment, spec, rows: read, skipped: rows.skipped(data), context: contextOf(spec) }); // prettier-ignore
      }),
    vocabulary,
    vocabularyContent,
    tokenizer,
    texts: (table) =>
      once(texts, table, async () => {
        const spec = plan.texts.find((one) => one.id === table);
        invariant(spec, `the program has no table of texts ${table}`);
        return encodeTable(spec, tokenizer(spec.tokenizer), plan, environment);
      }),
  };
}
