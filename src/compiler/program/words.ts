/** Parts of a program in the words of the file. */
import { formatFactor, formatShare } from '../common/format-number.ts';
import type { Column } from './column.ts';
import type { ColumnSource, DataOrigin, DataStep, Predicate } from './dataset.ts';
import type { OptimiserMethod } from './optimiser.ts';
import type { RunReference } from './parameter.ts';
import type { Duration, Schedule, WeightSpec } from './schedule.ts';
import type { Sampler } from './stage.ts';

import { viewWords } from './view.ts';

export function methodWords(method: OptimiserMethod): string {
  switch (method.kind) {
    case 'sgd':
      return `sgd(momentum: ${formatFactor(method.momentum)}${method.nesterov ? ', nesterov: on' : ''})`;
    case 'adam':
    case 'adamw':
      return `${method.kind}(beta1: ${method.beta1}, beta2: ${method.beta2}, eps: ${formatFactor(method.epsilon)}${method.biasCorrection === false ? ', bias_correction: off' : ''})`;
    case 'rmsprop':
      return `rmsprop(alpha: ${method.alpha}, eps: ${formatFactor(method.epsilon)}, momentum: ${formatFactor(method.momentum)})`;
    case 'lion':
      return `lion(beta1: ${method.beta1}, beta2: ${method.beta2})`;
  }
}

/** `balanced by label` */
export function samplerWords(sampler: Sampler): string {
  switch (sampler.kind) {
    case 'shuffle':
      return 'shuffled';
    case 'sequential':
      return 'in their order';
    case 'balanced':
      return `with every \`${sampler.column}\` equally often`;
    case 'per-class':
      return `with ${sampler.count} of each \`${sampler.column}\` of a batch`;
  }
}

export function scheduleWords(schedule: Schedule): string {
  const { kind, warmup, from, floor, at, factor, power, by, every, rise, shape, phases, period, grow } = schedule;
  const time = warmup.unit === 'share' ? `${formatFactor(warmup.value * 100)} %` : durationWords(warmup);
  const options = [
    warmup.value === 0 ? '' : `warmup: ${time}`,
    from === undefined ? '' : `from: ${formatFactor(from)}`,
    at === undefined ? '' : `at: [${at.map(durationWords).join(', ')}]`,
    factor === undefined ? '' : `factor: ${formatFactor(factor)}`,
    every === undefined ? '' : `every: ${durationWords(every)}`,
    power === undefined ? '' : `power: ${formatFactor(power)}`,
    rise === undefined ? '' : `rise: ${formatFactor(rise * 100)} %`,
    shape === undefined ? '' : `shape: ${shape}`,
    phases === undefined ? '' : 'three_phase: on',
    period === undefined ? '' : `period: ${durationWords(period)}`,
    grow === undefined || grow === 1 ? '' : `grow: ${formatFactor(grow)}`,
    kind === 'constant' || floor === 0 ? '' : `floor: ${formatFactor(floor)}`,
    by === undefined ? '' : `by: ${by}`,
  ].filter((option) => option !== '');
  return options.length === 0 ? kind : `${kind}(${options.join(', ')})`;
}

const durationWords = ({ value, unit }: Duration): string => `${value} ${unit}${value === 1 ? '' : 's'}`;

/** Type of an input. */
export function inputWords(column: Column): string {
  const { each, optional, view } = column;
  if (view !== undefined) return viewWords(view);
  return `${optional === true ? 'optional ' : ''}${contentWords(column)}${each === undefined ? '' : ` each ${each.axis}(max: ${each.most})`}`;
}

/** The unit of the file, by what one of it is inside. */
function scaleWords(scale: number): string {
  if (scale === 1) return '';
  if (scale === Math.PI / 180) return ' in deg';
  return scale === 0.01 ? ' in %' : ` times ${scale.toPrecision(4)}`;
}

function preparedWords({ preprocess, crop, interpolation }: Extract<Column, { readonly kind: 'image' }>): string {
  const parts = [
    ...(preprocess === undefined ? [] : [`prepared as ${preprocess}`]),
    ...(crop === undefined ? [] : [`the middle ${Number((100 * crop).toFixed(4))} % of each side`]),
    ...(interpolation === undefined ? [] : [interpolation]),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

function contentWords(column: Column): string {
  switch (column.kind) {
    case 'image':
      return `image(${sides(column)}${fitWords(column.fit)})${preparedWords(column)}`;
    case 'frames':
      return `frames(${column.frames}, size: ${column.height === column.width ? column.height : `${column.height} x ${column.width}`}, pick: ${column.pick}${fitWords(column.fit)})`;
    case 'audio':
      return `audio(${column.rate} Hz, ${column.samples} samples${column.ears === 2 ? ', stereo' : ''})`;
    case 'points':
      return `points(${column.points})`;
    case 'map':
      return `map(${sides(column)}${fitWords(column.fit)})${scaleWords(column.scale)}`;
    case 'mask':
      return `mask(${sides(column)}, ${column.vocabulary}${fitWords(column.fit)})`;
    case 'vector':
      return `vector of ${column.size}`;
    case 'scalar':
      return `scalar${scaleWords(column.scale)}`;
    case 'class':
      return `class(${column.vocabulary}${column.open === true ? ', open' : ''})`;
    case 'labels':
      return `labels(${column.vocabulary})`;
    case 'text':
      return column.most === undefined ? 'text' : `text(max: ${column.most})`;
    case 'id':
      return column.kind;
  }
}

const sides = ({ height, width }: { readonly height: number; readonly width: number }): string =>
  height === width ? String(height) : `${height}, ${width}`;

const fitWords = (fit: string): string => (fit === 'cover' ? '' : `, fit: ${fit}`);

// ── data ─────────────────────────────────────────────────────────────

/** Name before → name after, where a text is compared with one of other names. */
type Names = ReadonlyMap<string, string>;

export function originWords(source: DataOrigin, names: Names = new Map()): string {
  const renamed = (name: string): string => names.get(name) ?? name;
  switch (source.kind) {
    case 'mix':
      return `mix(${source.parts.map((part) => `${renamed(part.data)}: ${formatShare(part.share)}`).join(', ')})`;
    case 'split':
      return `split(${renamed(source.data)}, ${formatShare(source.from)} to ${formatShare(source.to)}${source.by === undefined ? '' : `, by: ${source.by}`}${source.outside === true ? ', all but this' : ''})`;
    case 'same':
      return renamed(source.data);
    case 'idx':
      return `idx("${source.path}"${source.labels === undefined ? '' : `, labels: "${source.labels}"`})`;
    case 'shards':
    case 'folder':
    case 'csv':
    case 'jsonl':
    case 'parquet':
    case 'features':
      return `${source.kind}("${source.path}")`;
  }
}

export function sourceWords(source: ColumnSource | undefined): string {
  if (source === undefined) return 'not there';
  if (source.kind === 'path')
    return `"${source.path}"${source.unknown === undefined ? '' : ` unknown ${source.unknown}`}`;
  if (source.kind === 'unfold') return `unfold "${source.path}"`;
  return source.kind === 'draw' ? `draw("${source.path}")` : `"=${source.text}"`;
}

export function stepWords(step: DataStep, names: Names = new Map()): string {
  switch (step.kind) {
    case 'filter':
      return `|> filter(${predicateWords(step.condition)})`;
    case 'few-shot':
      return `|> few_shot(${step.count}, per: ${step.per})`;
    case 'sample':
      return `|> sample(${step.share === undefined ? String(step.count ?? 0) : formatShare(step.share)})`;
    case 'except':
      return `|> except(${names.get(step.data) ?? step.data})`;
  }
}

const valueWords = (value: string | number): string => (typeof value === 'string' ? `"${value}"` : formatFactor(value));

function predicateWords(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'compare':
      return `${predicate.column} ${predicate.operator} ${valueWords(predicate.value)}`;
    case 'in':
      return `${predicate.column} in [${predicate.values.map(valueWords).join(', ')}]`;
    case 'not':
      return `not (${predicateWords(predicate.part)})`;
    case 'and':
    case 'or':
      return predicate.parts.map((part) => `(${predicateWords(part)})`).join(` ${predicate.kind} `);
  }
}

export function weightWords(weight: WeightSpec): string {
  if (weight.kind === 'constant') return formatFactor(weight.value);
  return `ramp(${formatFactor(weight.from)} -> ${formatFactor(weight.to)}, over: ${weight.over.value} ${weight.over.unit}s)`;
}

/** `run("pretrain", seed: 2).clip.image` */
export function runWords({ run, row, seed, part }: RunReference & { readonly part?: string }): string {
  const said = [`"${run}"`, ...(row === undefined ? [] : [`row: "${row}"`]), ...(seed === undefined ? [] : [`seed: ${seed}`])]; // prettier-ignore
  return `run(${said.join(', ')})${part === undefined ? '' : `.${part}`}`;
}
