import { constructsCalled, type Named } from '../types/catalogue/catalogue.ts';
import { fieldTable } from './field-table.ts';
import type { WideFields } from '../types/catalogue/construct.ts';
import { defaultWords, signatureWords, typeWords } from '../types/catalogue/print-field.ts';

/** One field of a construct, in words. */
export interface ExplainedField {
  readonly name: string;
  readonly type: string;
  readonly unit: string | null;
  /** As it would be written; null where there is none. */
  readonly default: string | null;
  /** Where the default is from; `clipx`: a choice of its own. */
  readonly source: string | null;
  readonly required: boolean;
  readonly doc: string;
}

/** A construct of the catalogue, as `clipx explain` and the reference page show it. */
export interface ExplainedConstruct {
  readonly kind: string;
  readonly name: string;
  readonly doc: string;
  readonly source: string;
  /** Where it stands in a file. */
  readonly place: string;
  readonly signature: string;
  readonly fields: readonly ExplainedField[];
  /** What more it brings: axes, masks, units. */
  readonly notes: readonly string[];
  /** How what it makes is called: `m(x, over: frame)`. */
  readonly called: string | null;
  readonly example: string;
}

/** All constructs of the catalogue that have this name. */
export const explainConstruct = (name: string): readonly ExplainedConstruct[] => constructsCalled(name).map(explained);

export function explained({ kind, construct }: Named): ExplainedConstruct {
  const { name, doc, source, options, given, example } = construct;
  return {
    kind: kind.name,
    name,
    doc,
    source,
    place: kind.place,
    signature: signatureWords(name, given, options),
    fields: [...fieldsOf(options, source), ...fieldsOf(kind.common ?? {}, source)],
    notes: construct.notes ?? [],
    called: 'called' in construct && typeof construct.called === 'string' ? construct.called : null,
    example,
  };
}

const sourceOf = (source: string): string => (source === '-' ? 'clipx' : source);

function fieldsOf(options: WideFields, source: string): ExplainedField[] {
  return Object.entries(options).map(([name, field]) => {
    const otherwise = defaultWords(field) ?? null;
    return {
      name,
      type: typeWords(field),
      unit: field.unit ?? null,
      default: otherwise,
      source: otherwise === null ? null : sourceOf(field.source ?? source),
      required: field.required === true,
      doc: field.doc,
    };
  });
}

/** For a terminal: name and sentence, signature, a line a field, an example. */
export function renderConstructText(constructs: readonly ExplainedConstruct[]): string {
  return constructs.map(oneText).join('\n');
}

function oneText({ kind, name, doc, source, place, fields, notes, called, example }: ExplainedConstruct): string {
  const head = `${name}, ${article(kind)}: ${doc}${source === '-' ? '' : `\n${source}.`}\n`;
  const further = notes.length === 0 ? '' : `\n${notes.map((note) => `  ${note}\n`).join('')}`;
  return `${head}${fieldTable(fields, source)}${further}\n  ${place.replace('…', example)}\n${called === null ? '' : `  called as ${called}\n`}`;
}

const article = (kind: string): string => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
