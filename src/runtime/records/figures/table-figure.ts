import type { FigureSpec } from '../../../compiler/program/figure.ts';
import { escapeMarkup } from './escape-markup.ts';
import { groupNames } from './in-groups.ts';
import { entriesOf, isOfSamples, wordOf, type ShownValue } from './shown-value.ts';
import type { Drawn } from './value-figures.ts';

const mostRows = 100;

/** A row for each entry of the first axis, or for each sample, and a column for each value; a value of two axes has a column for each entry of the second. */
export function tableFigure(values: readonly ShownValue[], spec: FigureSpec): Drawn | undefined {
  const over = String(spec.options['over'] ?? '').split('.').at(-1); // prettier-ignore
  const shown = values.filter(({ role }) => role === 'value').map((value) => withAxisFirst(value, over ?? '')); // prettier-ignore
  const groups = groupNames(values);
  const grouping = values.find(({ role }) => role === 'by');
  const tall = shown.filter(({ shape }) => shape.length > 0);
  const [first] = tall;
  const rows = first === undefined ? [''] : entriesOf(first, 0);
  if (shown.length === 0) return undefined;
  const columns = shown.flatMap((value) => columnsOf(value, shown.length > 1));
  const body = rows.slice(0, mostRows).map((row, index) => {
    const cells = columns.map(({ at, isNumber }) => `<td${isNumber ? ' class="number"' : ''}>${escapeMarkup(at(index))}</td>`); // prettier-ignore
    const group = groups === undefined ? '' : `<td>${escapeMarkup(groups[index] === groups[index - 1] ? '' : (groups[index] ?? ''))}</td>`; // prettier-ignore
    return `<tr>${group}${first === undefined ? '' : `<td>${escapeMarkup(row)}</td>`}${cells.join('')}</tr>`;
  });
  const head = first === undefined ? '' : `<th>${escapeMarkup(isOfSamples(first) ? 'sample' : (first.axes[0]?.name ?? ''))}</th>`; // prettier-ignore
  const heads = columns.map(({ head: name, isNumber }) => `<th${isNumber ? ' class="number"' : ''}>${escapeMarkup(name)}</th>`); // prettier-ignore
  return {
    caption: rows.length > mostRows ? `The first ${mostRows} of ${rows.length}.` : '',
    svg: '',
    html: `<div class="scroll"><table><thead><tr>${grouping === undefined ? '' : `<th>${escapeMarkup(grouping.label)}</th>`}${head}${heads.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`,
  };
}

/** The same numbers, with this axis in front; as it is where it has no such axis. */
function withAxisFirst(value: ShownValue, name: string): ShownValue {
  const at = value.axes.findIndex((axis) => axis.name === name);
  const axis = value.axes[at];
  if (axis === undefined || at <= 0) return value;
  const count = value.shape[at] ?? 1;
  const inner = value.shape.slice(at + 1).reduce((product, it) => product * it, 1);
  const outer = value.shape.slice(0, at).reduce((product, it) => product * it, 1);
  const places = Array.from({ length: count * outer * inner }, (_, to) => {
    const [entry, rest] = [Math.floor(to / (outer * inner)), to % (outer * inner)];
    return (Math.floor(rest / inner) * count + entry) * inner + (rest % inner);
  });
  return {
    ...value,
    axes: [axis, ...value.axes.toSpliced(at, 1)],
    shape: [count, ...value.shape.toSpliced(at, 1)],
    data: places.map((place) => value.data[place] ?? null),
  };
}

interface TableColumn {
  readonly head: string;
  readonly isNumber: boolean;
  readonly at: (row: number) => string;
}

/** `named`: of several values, entries stand behind the name of theirs. */
function columnsOf(value: ShownValue, named: boolean): readonly TableColumn[] {
  const { label, unit, shape, data, texts, words } = value;
  const head = unit === undefined || unit === '' ? label : `${label} [${unit}]`;
  // the unit stands in the head
  const { unit: _unit, ...bare } = value;
  const cell = (index: number): string => wordOf(bare, data[index]);
  if (texts !== undefined) return [{ head, isNumber: false, at: (row) => texts[row]?.join(' / ') ?? '' }];
  const isNumber = words === undefined;
  if (shape.length === 0) return [{ head, isNumber, at: (row) => (row === 0 ? cell(0) : '') }];
  if (shape.length === 1) return [{ head, isNumber, at: cell }];
  const width = shape.slice(1).reduce((product, it) => product * it, 1);
  const names = shape.length === 2 ? entriesOf(value, 1) : Array.from({ length: width }, (_, index) => String(index));
  return names.slice(0, 24).map((name, index) => ({
    head: named ? `${head} ${name}` : name,
    isNumber,
    at: (row) => cell(row * width + index),
  }));
}
