import type { Option } from './option.ts';

/** What a field of a construct means, beside its type and its default. */
export interface Told {
  readonly doc: string;
  /** Of numbers: `px`, `samples`, `of the rate`. */
  readonly unit?: string;
  /** Where its default is from, where that is not what the construct's `source` says. */
  readonly source?: string;
  /** What stands in the place of a default that follows from other fields: `width / 64`. */
  readonly follows?: string;
  /** It must be given. */
  readonly required?: true;
}

export type Field = Option & Told;

export type Fields = Readonly<Record<string, Field>>;

/** One thing that the language can name: data that the checker, `clipx explain` and the reference page read. */
export interface Construct {
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  /** The paper or implementation that it follows; defaults are its. */
  readonly source: string;
  /** What is given without a name, as written: `a -> b`. */
  readonly given?: string;
  readonly options: Fields;
  /** How it stands in a file; a test checks it. */
  readonly example: string;
}

/** An option with what it means. */
export const field = (doc: string, option: Option, more: Omit<Told, 'doc'> = {}): Field => ({
  ...option,
  doc,
  ...more,
});
