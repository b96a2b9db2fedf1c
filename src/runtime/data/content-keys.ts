import type { Column } from '../../compiler/program/column.ts';
import { columnsOfTemplate, type TextTemplate } from '../../compiler/program/text-template.ts';
import { columnsOfView, evaluationSteps, type View } from '../../compiler/program/view.ts';
import { sha256 } from '../digest.ts';
import { entriesOf, isThere } from './column-entries.ts';
import { isMedium, mediumContent, type MediumColumn } from './media.ts';
import { rowValue, unmapped, type Row } from './rows.ts';

/** What the columns of samples hold, as digests: two samples of one key are one to everything that is computed of them alone. */
export class ContentKeys {
  readonly #columns: readonly Column[];
  readonly #rowAt: (index: number) => Row;
  readonly #known = new Map<string, string>();

  constructor(columns: readonly Column[], rowAt: (index: number) => Row) {
    this.#columns = columns;
    this.#rowAt = rowAt;
  }

  /** sha256 (hexadecimal) of what these columns of a sample hold. Throws CX8108, and CX8104 or CX8101 where a file is not there. */
  async of(index: number, columns: readonly string[]): Promise<string> {
    const parts: string[] = [];
    for (const column of columns) parts.push(`${column} ${await this.#content(index, column)}`);
    return sha256(parts.join('\n'));
  }

  async #content(index: number, column: string): Promise<string> {
    const key = `${index} ${column}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const row = this.#rowAt(index);
    const declared = this.#columns.find((one) => one.name === column);
    const read = (other: string): Promise<string> => this.#content(index, other);
    if (declared?.kind === 'text' && declared.template !== undefined) return templateContent(declared.template, read);
    if (declared?.view !== undefined) return viewContent(declared.view, read);
    if (declared?.optional === true && !isThere(declared, row)) return 'nothing';
    if (row.columns[column] === undefined) throw unmapped(column, Object.keys(row.columns));
    const content = declared !== undefined && isMedium(declared) ? filesContent(declared, row) : sha256(JSON.stringify(rowValue(row, column))); // prettier-ignore
    this.#known.set(key, content);
    return content;
  }
}

/** Of a plain picture the digest of its file: a file read in another way is other content. */
function filesContent(medium: MediumColumn, row: Row): string {
  const { name, ...way } = medium;
  const files = entriesOf(medium, row).map((entry) => mediumContent(name, entry).map((part) => sha256(part)));
  const isPlain =
    medium.kind === 'image' &&
    medium.fit === 'cover' &&
    (medium.preprocess ?? medium.crop ?? medium.interpolation) === undefined;
  const [only, ...others] = files[0] ?? [];
  if (isPlain && medium.each === undefined && only !== undefined && others.length === 0) return only;
  return sha256(JSON.stringify(files), isPlain ? '' : JSON.stringify(way));
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
