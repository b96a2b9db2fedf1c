import type { SeriesSymbol } from './palette.ts';

/** A picture of the report, and a file of the run folder. */
export interface Figure {
  /** The file's name without its ending: letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  /** What to see in it, in a sentence; empty where the title says all. */
  readonly caption: string;
  readonly svg: string;
  /** A table or pictures, where the figure is no drawing: markup that is safe, and then `svg` is empty. */
  readonly html?: string;
  /** Names and colours of what is drawn, where there are several. */
  readonly legend?: readonly LegendEntry[];
}

export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  /** Of a line: how it is dashed, and the mark that stands on it. */
  readonly dash?: string;
  readonly symbol?: SeriesSymbol;
}

/** `target by_yaw` → `target-by-yaw`; names that leave nothing become `figure`. */
export function figureName(words: string): string {
  const name = words
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();
  return name === '' ? 'figure' : name;
}
