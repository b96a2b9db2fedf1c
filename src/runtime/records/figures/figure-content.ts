/** What a figure shows, as it lies in a run folder: `figures/<name>.json`. */
export interface FigureContent {
  readonly schema: 'clipx.figure/1';
  readonly figure: string;
  /** By the ids of the values; what is not finite is null. */
  readonly tensors: Readonly<Record<string, FigureTensor>>;
  readonly texts: FigureTexts;
}

export interface FigureTensor {
  readonly shape: readonly number[];
  readonly data: readonly (number | null)[];
}

/** By column, of each sample: one text, those of a list, or none where it is absent. */
export type FigureTexts = Readonly<Record<string, readonly (readonly string[])[]>>;

/** Several of one figure (values of several stages or sets) as one. */
export function joinContents(contents: readonly FigureContent[]): FigureContent | undefined {
  const [first, ...rest] = contents;
  if (first === undefined) return undefined;
  return {
    ...first,
    tensors: Object.assign({}, first.tensors, ...rest.map((it) => it.tensors)) as FigureContent['tensors'],
    texts: Object.assign({}, first.texts, ...rest.map((it) => it.texts)) as FigureTexts,
  };
}
