/**
 * How small an experiment is made for `--random-data`: whether a file runs at all is seen at any size. What is absent stays as written,
 * for a file may write a number that has to fit.
 */
export interface TinySizes {
  /** Updates of each stage, at most. */
  readonly steps: number;
  /** Blocks of each tower, at most. */
  readonly layers?: number;
  /** Channels of a tower, and with it the rows of its token table. */
  readonly width?: number;
  /** Patches along each side of a picture, at most. */
  readonly patches?: number;
  /** Samples of a batch, at least; as many more as its sampler asks for. */
  readonly batch?: number;
}

const batch = 4;
const layers = 2;
const width = 16;
const patches = 4;

/**
 * From the smallest to the written sizes. The first that passes the check is taken: a file may name block 9, or write a number where the
 * width of a tower has to stand.
 */
export const tinySizes = (steps: number): readonly TinySizes[] => [
  { steps, layers, width, patches, batch },
  { steps, layers, width, batch },
  { steps, width, batch },
  { steps, layers, batch },
  { steps, batch },
  { steps },
];
