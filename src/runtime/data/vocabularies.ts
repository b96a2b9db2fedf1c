import { invariant } from '../../compiler/common/invariant.ts';
import { groupEntries, type Vocabulary } from '../../compiler/program/vocabulary.ts';
import { isThere } from './column-entries.ts';
import type { DataPlan } from './data-plan.ts';
import { once } from './once.ts';
import { randomVocabulary } from './random/random-words.ts';
import { readVocabulary, type VocabularyContent } from './read-vocabulary.ts';
import type { Row } from './rows.ts';

/** The words of a program's vocabularies, each read when it is first asked for. Throws what `readVocabulary` does. */
export class Vocabularies {
  readonly #plan: DataPlan;
  readonly #projectFolder: string;
  /** The samples of a data set. */
  readonly #rowsOf: (data: string) => Promise<readonly Row[]>;
  readonly #known = new Map<string, Promise<VocabularyContent>>();

  constructor(plan: DataPlan, projectFolder: string, rowsOf: (data: string) => Promise<readonly Row[]>) {
    this.#plan = plan;
    this.#projectFolder = projectFolder;
    this.#rowsOf = rowsOf;
  }

  content(name: string): Promise<VocabularyContent> {
    return once(this.#known, name, async () => {
      const spec = this.#declared(name);
      const { entries, from, columns = {} } = spec;
      if (entries.length > 0 || from === undefined) return { entries, columns };
      if (this.#plan.random === true && from.kind !== 'columns') return randomVocabulary(this.#plan, spec);
      return readVocabulary(name, from, (data, column) => this.#rowsWith(data, column), this.#projectFolder);
    });
  }

  /** The words of a group, in order, with their further columns. */
  async group(name: string, group: string): Promise<VocabularyContent> {
    const declared = this.#declared(name);
    const { entries, columns } = await this.content(name);
    const chosen = groupEntries({ ...declared, entries }, group);
    const of = <Value extends number | string>(values: readonly Value[]): Value[] => chosen.flatMap((at) => values[at] ?? []); // prettier-ignore
    return {
      entries: of(entries),
      columns: Object.fromEntries(Object.entries(columns).map(([each, values]) => [each, of(values)])),
    };
  }

  #declared(name: string): Vocabulary {
    const spec = this.#plan.vocabularies.find((one) => one.name === name);
    invariant(spec, `the program has no vocabulary ${name}`);
    return spec;
  }

  /** The samples that hold a column, where it may be absent. */
  async #rowsWith(data: string, name: string): Promise<readonly Row[]> {
    const column = this.#plan.columns.find((one) => one.name === name);
    const rows = await this.#rowsOf(data);
    return column?.optional === true ? rows.filter((row) => isThere(column, row)) : rows;
  }
}
