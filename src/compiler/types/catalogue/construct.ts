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

/** What fields take that are no options of parts. */
export type FieldType =
  | Option
  /** A time in training, `1 epoch`, `200 steps`; `share`: or `5 %` of all steps. */
  | { readonly kind: 'time'; readonly share?: true; readonly otherwise?: Time }
  | { readonly kind: 'times' }
  /** A number, or a list of them. */
  | { readonly kind: 'numbers'; readonly otherwise?: readonly number[] }
  /** What a checker reads by itself: `takes` says what that is, `otherwise` is the default as it is written. */
  | { readonly kind: 'value'; readonly takes: string; readonly otherwise?: string };

export interface Time {
  readonly value: number;
  readonly unit: 'epoch' | 'step';
}

export type Field = Option & Told;

export type Fields = Readonly<Record<string, Field>>;

/** Fields of constructs that are no parts. */
export type WideFields = Readonly<Record<string, FieldType & Told>>;

/** One thing that the language can name: data that the checker, `clipx explain` and the reference page read. */
export interface Construct<Options extends WideFields = WideFields> {
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  /** The paper or implementation that it follows; defaults are its. */
  readonly source: string;
  /** What is given without a name, as written: `a -> b`. */
  readonly given?: string;
  readonly options: Options;
  /** What more it brings, a line each: axes, masks, units. */
  readonly notes?: readonly string[];
  /** How it stands in a file; a test checks it. */
  readonly example: string;
}

/** A field with what it means. */
export const field = <Type extends FieldType>(doc: string, type: Type, more: Omit<Told, 'doc'> = {}): Type & Told => ({
  ...type,
  doc,
  ...more,
});

/** A field that a checker reads by itself: what it takes, and its default as it is written. */
export const value = (takes: string, otherwise?: string): FieldType => ({
  kind: 'value',
  takes,
  ...(otherwise === undefined ? {} : { otherwise }),
});

/** A number, or a list of them. */
export const numbers = (...otherwise: readonly number[]): FieldType => ({ kind: 'numbers', otherwise });

/** A time in training. */
export const time = (otherwise?: Time): FieldType => ({
  kind: 'time',
  ...(otherwise === undefined ? {} : { otherwise }),
});
