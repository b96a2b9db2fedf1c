/** Parts of a program in the words of the file. */
import { formatFactor, formatShare } from '../common/format-number.ts';
import type {
  Column, ColumnSource, DataOrigin, DataStep, OptimiserMethod, Predicate, Schedule, WeightSpec,
} from './program.ts'; // prettier-ignore

export function methodWords(method: OptimiserMethod): string {
  switch (method.kind) {
    case 'sgd':
      return `sgd(momentum: ${formatFactor(method.momentum)}${method.nesterov ? ', nesterov: on' : ''})`;
    case 'adam':
    case 'adamw':
      return `${method.kind}(beta1: ${method.beta1}, beta2: ${method.beta2}, eps: ${formatFactor(method.epsilon)})`;
    case 'rmsprop':
      return `rmsprop(alpha: ${method.alpha}, eps: ${formatFactor(method.epsilon)}, momentum: ${formatFactor(method.momentum)})`;
    case 'lion':
      return `lion(beta1: ${method.beta1}, beta2: ${method.beta2})`;
  }
}

export function scheduleWords({ kind, warmup, floor }: Schedule): string {
  const time = warmup.value === 0 ? '' : `warmup: ${warmup.value} ${warmup.unit}${warmup.value === 1 ? '' : 's'}`;
  const rest = kind === 'constant' || floor === 0 ? '' : `floor: ${formatFactor(floor)}`;
  const options = [time, rest].filter((option) => option !== '').join(', ');
  return options === '' ? kind : `${kind}(${options})`;
}

/** Type of an input. */
export function inputWords(column: Column): string {
  switch (column.kind) {
    case 'image':
      return `image(${column.height}${column.width === column.height ? '' : `, ${column.width}`}${column.fit === 'cover' ? '' : `, fit: ${column.fit}`})`;
    case 'vector':
      return `vector of ${column.size}`;
    case 'scalar':
      return column.scale === 1 ? 'scalar' : `scalar times ${column.scale.toPrecision(4)}`;
    case 'class':
    case 'labels':
      return `${column.kind}(${column.vocabulary})`;
    case 'text':
    case 'id':
      return column.kind;
  }
}

// ── data ─────────────────────────────────────────────────────────────

/** Name before → name after, where a text is compared with one of other names. */
type Names = ReadonlyMap<string, string>;

export function originWords(source: DataOrigin, names: Names = new Map()): string {
  const renamed = (name: string): string => names.get(name) ?? name;
  switch (source.kind) {
    case 'mix':
      return `mix(${source.parts.map((part) => `${renamed(part.data)}: ${formatShare(part.share)}`).join(', ')})`;
    case 'split':
      return `split(${renamed(source.data)}, ${formatShare(source.from)} to ${formatShare(source.to)}${source.by === undefined ? '' : `, by: ${source.by}`})`;
    case 'same':
      return renamed(source.data);
    case 'shards':
    case 'folder':
    case 'csv':
    case 'jsonl':
      return `${source.kind}("${source.path}")`;
  }
}

export function sourceWords(source: ColumnSource | undefined): string {
  if (source === undefined) return 'not there';
  if (source.kind === 'path') return `"${source.path}"`;
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
