import { invariant } from '../common/invariant.ts';
import type { CheckedExperiment } from '../check/checked.ts';
import { textTemplate } from '../check/prompts.ts';
import type { TextTable } from '../program/tokenizer.ts';
import { renderTemplate, type TextEnvironment } from '../program/text-template.ts';
import { extent, type SizeEnvironment } from '../types/axis.ts';

/** Renders a prompt over its vocabularies: one text per template and combination of entries, row-major. */
export function textTable(
  checked: CheckedExperiment,
  sizes: SizeEnvironment,
  prompt: string,
  tokenizer: string,
  id: string,
): TextTable {
  const table = checked.prompts.find((each) => each.name === prompt);
  invariant(table, `no prompt ${prompt}`);
  const template = textTemplate(table);
  const counts = table.over.map((axis) => extent(axis.size, sizes));
  const ofSamples = (): never => {
    throw new Error(`the texts of ${prompt} depend on the sample`);
  };
  const texts = renderTemplate(template, counts, {
    column: ofSamples,
    labels: ofSamples,
    words: wordsOf(checked.vocabularies),
  });
  const shape = table.axes.map((axis) => extent(axis.size, sizes));
  return { id, tokenizer, shape, texts, ...(template.vectors.length === 0 ? {} : { vectors: template.vectors }) };
}

/** Entries of a vocabulary that is not read yet are numbered: only sizes matter then. */
function wordsOf(vocabularies: CheckedExperiment['vocabularies']): TextEnvironment['words'] {
  return (name, column, at) => {
    const vocabulary = vocabularies.find((each) => each.name === name);
    const values = column === undefined ? vocabulary?.entries : vocabulary?.columns?.[column];
    return values?.[at] ?? `${name}${column === undefined ? '' : `.${column}`} ${at}`;
  };
}
