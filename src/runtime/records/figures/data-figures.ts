import { cell, dot, ruleX, ruleY, text } from '@observablehq/plot';
import { figureName, type Figure } from './figure.ts';
import { seriesColor } from './palette.ts';
import { plotSvg } from './plot-svg.ts';

export interface ScatterData {
  readonly name: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** `group` colours a point. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly group?: string }[];
}

const largestScatter = 4000;

/** Points of two columns. Of very many, every k-th is drawn, and the caption says so. */
export function scatterFigure(data: ScatterData): Figure {
  const every = Math.ceil(data.points.length / largestScatter);
  const points = data.points.filter((_, index) => index % every === 0).map((it) => ({ ...it, group: it.group ?? '' }));
  const groups = [...new Set(points.map((it) => it.group))];
  const colors = groups.map((_, index) => seriesColor(index));
  return {
    name: figureName(data.name),
    title: data.title,
    caption: every > 1 ? `Every ${every}th of ${data.points.length} points.` : '',
    ...(groups.length > 1 && {
      legend: groups.map((name, index) => ({ name, color: seriesColor(index) })),
    }),
    svg: plotSvg({
      width: 560,
      height: 420,
      describes: `${data.title}: ${data.points.length} points of ${data.yLabel} against ${data.xLabel}`,
      grid: true,
      color: { domain: groups, range: colors },
      x: { label: data.xLabel },
      y: { label: data.yLabel },
      marks: [
        ruleX([0], { strokeOpacity: 0.3 }),
        ruleY([0], { strokeOpacity: 0.3 }),
        dot(points, { x: 'x', y: 'y', fill: 'group', r: 2, fillOpacity: 0.6 }),
      ],
    }),
  };
}

export interface HeatmapData {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Row-major, `rows × columns`. */
  readonly values: readonly (number | null)[];
}

function longest(words: readonly string[]): number {
  return Math.max(0, ...words.map((it) => it.length));
}

/** A matrix of two item axes; up to 12 × 12 the numbers stand in the cells. */
export function heatmapFigure(data: HeatmapData): Figure {
  const width = data.columns.length;
  const cells = data.values.flatMap((value, index) =>
    value === null
      ? []
      : [{ row: data.rows[Math.floor(index / width)] ?? '', column: data.columns[index % width] ?? '', value }],
  );
  const numbers = data.rows.length <= 12 && width <= 12;
  const middle = (Math.min(...cells.map((it) => it.value)) + Math.max(...cells.map((it) => it.value))) / 2;
  return {
    name: figureName(data.name),
    title: data.title,
    caption: '',
    svg: plotSvg({
      width: Math.min(820, 120 + 7 * longest(data.rows) + 46 * width),
      height: 80 + 6 * longest(data.columns) + 26 * data.rows.length,
      marginLeft: 20 + 7 * longest(data.rows),
      marginBottom: 24 + 6 * longest(data.columns),
      describes: `${data.title}: ${data.rows.length} by ${width} values`,
      x: { domain: [...data.columns], label: null, tickRotate: -40 },
      y: { domain: [...data.rows], label: null },
      color: { scheme: 'cividis' },
      marks: [
        cell(cells, { x: 'column', y: 'row', fill: 'value', inset: 0.5 }),
        ...(numbers
          ? [
              text(cells, {
                x: 'column',
                y: 'row',
                text: (it: { readonly value: number }) => it.value.toPrecision(2),
                fill: (it: { readonly value: number }) => (it.value > middle ? '#111111' : '#f2f2f2'),
              }),
            ]
          : []),
      ],
    }),
  };
}
