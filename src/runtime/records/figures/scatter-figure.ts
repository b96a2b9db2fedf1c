import { dot, gridX, gridY, text, type Markish } from '@observablehq/plot';
import { seriesColor, seriesSymbol } from './palette.ts';
import { plotSvg } from './plot-svg.ts';
import { sampleCount, wordOf, type ShownValue } from './shown-value.ts';
import type { Drawn } from './value-figures.ts';

/** More groups than this can not be told apart. */
const mostGroups = 8;

/** Each sample a mark at two of its values; `by:` and `colour:` group them, `label:` writes beside them. */
export function scatterFigure(values: readonly ShownValue[]): Drawn | undefined {
  const [x, y] = values.filter(({ role }) => role === 'value');
  if (x === undefined || y === undefined) return undefined;
  const group = values.find(({ role }) => role === 'by' || role === 'colour');
  const label = values.find(({ role }) => role === 'label');
  const count = Math.max(sampleCount([x, y]), x.data.length);
  const points = Array.from({ length: count }, (_, index) => ({
    x: x.data[index] ?? Number.NaN,
    y: y.data[index] ?? Number.NaN,
    group: group === undefined ? '' : wordAt(group, index),
    label: label === undefined ? '' : wordAt(label, index),
  })).filter((it) => Number.isFinite(it.x) && Number.isFinite(it.y));
  if (points.length === 0) return undefined;
  const found = [...new Set(points.map((it) => it.group))].sort();
  const isContinuous = found.length > mostGroups && group?.words === undefined && group?.texts === undefined;
  const groups = found.slice(0, mostGroups);
  const opacity = points.length > 500 ? 0.45 : 0.8;
  const colored: Markish[] = isContinuous
    ? [dot(points, { x: 'x', y: 'y', fill: (it: { group: string }) => Number.parseFloat(it.group), r: 2.6, fillOpacity: opacity })]
    : groups.map((name, index) =>
        dot(points.filter((it) => it.group === name), { x: 'x', y: 'y', symbol: seriesSymbol(index), fill: seriesColor(index), fillOpacity: opacity, r: points.length > 500 ? 2 : 3.2 }),
      ); // prettier-ignore
  const left = found.length - groups.length;
  return {
    caption: [
      `${points.length} samples`,
      ...(group === undefined ? [] : [`by ${group.label}`]),
      ...(left > 0 && !isContinuous ? [`${left} more groups are not drawn`] : []),
    ].join(' · '),
    ...(group !== undefined && !isContinuous && {
      legend: groups.map((name, index) => ({ name, color: seriesColor(index), symbol: seriesSymbol(index) })),
    }),
    svg: plotSvg({
      width: 400,
      height: 320,
      describes: `${y.label} against ${x.label} of ${points.length} samples`,
      ...(isContinuous && { color: { scheme: 'viridis', legend: false } }),
      x: { label: withUnit(x), ticks: 6, nice: true },
      y: { label: withUnit(y), ticks: 6, nice: true },
      marks: [
        gridX({ ticks: 6 }),
        gridY({ ticks: 6 }),
        ...colored,
        ...(label === undefined ? [] : [text(points.slice(0, 40), { x: 'x', y: 'y', text: 'label', dy: -7, fontSize: 9 })]),
      ],
    }),
  };
} // prettier-ignore

const withUnit = ({ label, unit }: ShownValue): string =>
  unit === undefined || unit === '' ? label : `${label} [${unit}]`;

const wordAt = (value: ShownValue, index: number): string =>
  value.texts?.[index]?.join(' / ') ?? wordOf(value, value.data[index]);
