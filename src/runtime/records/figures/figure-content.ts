/** What a figure shows, as it lies in a run folder: `figures/<name>.json`. */
export interface FigureContent {
  readonly schema: 'clipx.figure/1';
  readonly figure: string;
  /** Of one that shows how it came about: the step; without it is what the stage left. */
  readonly step?: number;
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

/** A figure with what it was at some steps before, in their order. */
export interface FigureCourse extends FigureContent {
  readonly before: readonly FigureContent[];
}

/** Several of one figure (values of several stages or sets) as one; those of steps stand before what the stage left. */
export function joinContents(contents: readonly FigureContent[]): FigureCourse | undefined {
  const steps = [...new Set(contents.flatMap(({ step }) => step ?? []))].sort((a, b) => a - b);
  const before = steps.flatMap((step) => joined(contents.filter((content) => content.step === step)) ?? []);
  // a run on its way has left nothing yet
  const left = joined(contents.filter(({ step }) => step === undefined)) ?? before.at(-1);
  return left === undefined ? undefined : { ...left, before };
}

function joined(contents: readonly FigureContent[]): FigureContent | undefined {
  const [first, ...rest] = contents;
  if (first === undefined) return undefined;
  return {
    ...first,
    tensors: Object.assign({}, first.tensors, ...rest.map((it) => it.tensors)) as FigureContent['tensors'],
    texts: Object.assign({}, first.texts, ...rest.map((it) => it.texts)) as FigureTexts,
  };
}
