import { cell, text } from '@observablehq/plot';
import type { FigureSpec } from '../../../compiler/program/figure.ts';
import { escapeMarkup } from './escape-markup.ts';
import { groupedCards, groupNames } from './in-groups.ts';
import { picturePng } from './picture-png.ts';
import { plotSvg } from './plot-svg.ts';
import { entriesOf, isOfSamples, ofSample, pictureOf, sampleCount, type ShownValue } from './shown-value.ts';
import type { Drawn } from './value-figures.ts';

/** Entries of an axis that can be read. */
const mostEntries = 60;

/**
 * A table of numbers as colours. A value of two axes is drawn whole; of samples each is a card of its own, a map beside its picture where one is
 * given; a value of one axis that fills a square is that square.
 */
export function heatmapFigure(values: readonly ShownValue[], spec: FigureSpec): Drawn | undefined {
  const shown = values.filter(({ role }) => role === 'value');
  const value = shown.find((it) => pictureOf(isOfSamples(it) ? ofSample(it, 0) : it)?.channels !== 3) ?? shown.at(-1);
  if (value === undefined) return undefined;
  const groups = groupNames(values);
  // the picture that the numbers are of
  const below = shown.filter((it) => it !== value).map((it) => ofSample(it, 0));
  if (!isOfSamples(value)) return isMap(value) ? cardsFigure([[...below, value]]) : wholeTable(value);
  const named = String(spec.options['over'] ?? '').split('.').at(-1) ?? ''; // prettier-ignore
  const over = value.axes.some(({ name }) => name === named) ? named : '';
  // samples × words is one table
  if (value.shape.length === 2 && (over === '' || squareOf(ofSample(value, 0)) === undefined)) return wholeTable(inRows(value, groups)); // prettier-ignore
  const cards = Array.from({ length: sampleCount([value]) }, (_, index) =>
    shown.flatMap((it) => (it === value ? asPicture(ofSample(it, index), over) : ofSample(it, index)) ?? []),
  );
  return cardsFigure(cards, groups);
}

/** Rows called after the groups of their samples. */
const inRows = (value: ShownValue, groups: readonly string[] | undefined): ShownValue =>
  groups === undefined ? value : { ...value, axes: [{ name: 'batch', entries: groups }, ...value.axes.slice(1)] };

/** Rows and columns of a picture, or more of them than can be read one by one. */
const isMap = (value: ShownValue): boolean =>
  pictureOf(value) !== undefined || (value.shape.length === 2 && value.shape.some((size) => size > mostEntries));

/** Pictures side by side, those of one sample below each other. */
function cardsFigure(cards: readonly (readonly ShownValue[])[], groups?: readonly string[]): Drawn | undefined {
  const found = cards.map((card) =>
    card.filter((it) => it.shape.length === 2 || pictureOf(it) !== undefined).map((it) => `<img alt="${escapeMarkup(it.label)}" src="${picturePng(asMap(it))}">`),
  ).filter((it) => it.length > 0);
  if (found.length === 0) return undefined;
  const only = found.length === 1 ? ' style="grid-template-columns: minmax(96px, 320px)"' : '';
  return { caption: 'Light is high, dark is low, each by itself.', svg: '', html: `<div class="samples"${only}>\n${groupedCards(found.map((it) => it.join('')), groups, escapeMarkup)}\n</div>` };
} // prettier-ignore

/** Whatever its two axes are called. */
const asMap = (value: ShownValue): ShownValue =>
  value.shape.length === 2 ? { ...value, axes: [{ name: 'height' }, { name: 'width' }] } : value;

/** The mean over all axes but the two of a map, or but the one that is laid out as a square. */
function asPicture(value: ShownValue, over: string): ShownValue | undefined {
  if (pictureOf(value) !== undefined) return value;
  const names = value.axes.map(({ name }) => name);
  const kept = names.includes('height') && names.includes('width') ? ['height', 'width'] : over === '' ? names.slice(-1) : [over]; // prettier-ignore
  const reduced = meanOverOthers(value, kept);
  return reduced.axes.length === 2 ? reduced : squareOf(reduced);
}

function squareOf(value: ShownValue): ShownValue | undefined {
  const [count = 0] = value.shape;
  const side = Math.round(Math.sqrt(count));
  if (value.shape.length !== 1 || side < 2 || side * side !== count) return undefined;
  return { ...value, axes: [{ name: 'height' }, { name: 'width' }], shape: [side, side] };
}

function meanOverOthers(value: ShownValue, kept: readonly string[]): ShownValue {
  const { axes, shape, data } = value;
  const dims = kept.flatMap((name) => {
    const dim = axes.findIndex((axis) => axis.name === name);
    return dim < 0 ? [] : [dim];
  });
  const result = dims.map((dim) => shape[dim] ?? 1);
  const size = result.reduce((product, it) => product * it, 1);
  const [sums, counts] = [new Float64Array(size), new Float64Array(size)];
  for (const [index, each] of data.entries()) {
    if (each === null) continue;
    const places = placesOf(index, shape);
    const at = dims.reduce((sum, dim) => sum * (shape[dim] ?? 1) + (places[dim] ?? 0), 0);
    sums[at] = (sums[at] ?? 0) + each;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const means = Array.from(sums, (sum, at) => ((counts[at] ?? 0) === 0 ? null : sum / (counts[at] ?? 1)));
  return { ...value, axes: dims.map((dim) => axes[dim] ?? { name: '' }), shape: result, data: means };
}

function placesOf(index: number, shape: readonly number[]): readonly number[] {
  const places: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    places.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return places;
}

/** Rows and columns by their words; numbers within the cells where they can be read. */
function wholeTable(given: ShownValue): Drawn | undefined {
  const value =
    given.shape.length > 2
      ? meanOverOthers(
          given,
          given.axes.slice(0, 2).map(({ name }) => name),
        )
      : given;
  const two = value.shape.length === 1 ? { ...value, axes: [{ name: '' }, ...value.axes], shape: [1, ...value.shape] } : value; // prettier-ignore
  const [height = 0, width = 0] = two.shape;
  if (two.shape.length !== 2 || height === 0 || width === 0) return undefined;
  const [rows, columns] = [entriesOf(two, 0).slice(0, mostEntries), entriesOf(two, 1).slice(0, mostEntries)];
  const cells = rows.flatMap((row, y) => columns.flatMap((column, x) => {
    const number = two.data[y * width + x];
    return number === null || number === undefined ? [] : [{ row: `${y} ${row}`, column: `${x} ${column}`, number }];
  })); // prettier-ignore
  const [low, high] = [Math.min(...cells.map((it) => it.number)), Math.max(...cells.map((it) => it.number))];
  const written = cellText(high - low);
  const isWritten = columns.length <= 16 && rows.length <= 30;
  const named = (text: string): string => text.replace(/^\d+ /, '');
  const longest = Math.max(...rows.map((it) => it.length));
  const tilted = columns.some((it) => it.length > 4);
  const left = height > mostEntries || width > mostEntries ? `The first ${mostEntries} entries of each axis. ` : '';
  return {
    caption: `${left}From ${low.toPrecision(3)} to ${high.toPrecision(3)}${value.unit === undefined ? '' : ` ${value.unit}`}; dark is high.`,
    svg: plotSvg({
      width: Math.max(400, Math.min(820, 80 + 7 * longest + 46 * columns.length)),
      height: 70 + (tilted ? 50 : 0) + Math.max(16, Math.min(26, 900 / rows.length)) * rows.length,
      marginLeft: Math.min(220, 24 + 6.5 * longest),
      marginBottom: tilted ? 80 : 40,
      describes: `${value.label} as a table of ${height} × ${width}`,
      color: { type: 'linear', scheme: 'blues', domain: low < high ? [low, high] : [low - 1, high] },
      x: { type: 'band', domain: columns.map((name, x) => `${x} ${name}`), label: two.axes[1]?.name ?? null, tickFormat: named, padding: 0.03, ...(tilted && { tickRotate: -40 }) }, // prettier-ignore
      y: { type: 'band', label: two.axes[0]?.name === 'batch' ? 'sample' : (two.axes[0]?.name ?? null), domain: rows.map((name, y) => `${y} ${name}`), tickFormat: named, padding: 0.03 }, // prettier-ignore
      marks: [
        cell(cells, { x: 'column', y: 'row', fill: 'number' }),
        ...(isWritten ? [text(cells, { x: 'column', y: 'row', text: (it: { number: number }) => written(it.number), fontSize: 9.5, fill: (it: { number: number }) => (it.number > low + 0.55 * (high - low) ? '#ffffff' : '#1c1f23') })] : []), // prettier-ignore
      ],
    }),
  };
}

/** As many decimals as tell a fiftieth of the whole range. */
function cellText(range: number): (value: number) => string {
  const decimals = range > 0 ? Math.min(4, Math.max(0, Math.ceil(-Math.log10(range / 50)))) : 2;
  return (value) => (Number.isInteger(value) ? String(value) : value.toFixed(decimals));
}
