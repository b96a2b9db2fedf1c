/** The pictures of the report, one a file. */
import type { FigureSignature } from './figures/figure.ts';
import { curve } from './figures/curve.ts';
import { heatmap } from './figures/heatmap.ts';
import { samples } from './figures/samples.ts';
import { scatter } from './figures/scatter.ts';
import { strokes } from './figures/strokes.ts';
import { table } from './figures/table.ts';

export const figures = {
  curve,
  scatter,
  samples,
  heatmap,
  table,
  strokes,
} as const satisfies Readonly<Record<string, FigureSignature>>;
