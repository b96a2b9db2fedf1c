import type { CheckedOptimiser, CheckedTraining } from '../../check/checked.ts';
import { formatFactor } from '../../common/format-number.ts';
import { methodWords, samplerWords, scheduleWords } from '../../program/words.ts';
import type { Span } from '../../source/span.ts';
import type { Change, ChangeValue, RuleId } from '../change.ts';
import type { Sides } from '../sides.ts';

interface Setting {
  readonly rule: RuleId;
  /** The field of `train` that says it. */
  readonly field: string;
  readonly of: (training: CheckedTraining) => ChangeValue;
  readonly words?: string;
}

// prettier-ignore
const settings: readonly Setting[] = [
  { rule: 'training-length', field: 'epochs', of: lengthWords },
  { rule: 'batch-size', field: 'batch', of: (it) => it.batch },
  { rule: 'optimizer', field: 'optimizer', of: (it) => methodWords(it.optimiser.method) },
  { rule: 'learning-rate', field: 'optimizer', of: (it) => it.optimiser.learningRate, words: 'lr' },
  { rule: 'weight-decay', field: 'optimizer', of: (it) => it.optimiser.decay, words: 'decay' },
  { rule: 'part-optimizer', field: 'optimizer', of: partWords },
  { rule: 'schedule', field: 'schedule', of: (it) => scheduleWords(it.schedule) },
  { rule: 'clip-gradient', field: 'clip_gradient', of: (it) => it.clipGradient ?? 'off' },
  { rule: 'training-setting', field: 'data', words: 'each sample', of: (it) => (it.each === true ? 'by itself' : 'in batches') },
  { rule: 'training-setting', field: 'accumulate', of: (it) => it.accumulate ?? 1 },
  { rule: 'training-setting', field: 'ema', of: (it) => it.average ?? 'off' },
  { rule: 'training-setting', field: 'sampler', of: (it) => (it.sampler === undefined ? 'shuffled' : samplerWords(it.sampler)) },
  { rule: 'training-setting', field: 'stop', of: (it) => (it.stop === undefined ? 'off' : `${it.stop.direction} ${it.stop.metric} on ${it.stop.evaluation}, ${it.stop.patience.value} ${it.stop.patience.unit}s`) },
  { rule: 'training-setting', field: 'restarts', of: (it) => it.restarts ?? 1 },
  { rule: 'training-setting', field: 'no_decay', of: (it) => it.noDecay?.join(', ') ?? 'none' },
  { rule: 'training-setting', field: 'decay_on', of: (it) => it.decayOn ?? 'matrices' },
  { rule: 'training-setting', field: 'optimizer', words: 'search', of: (it) => (it.search === undefined ? 'none' : `${it.search.method.kind} over ${it.search.method.values.join(', ')}`) },
];

/** How it is minimised, one change a setting. */
export function trainingChanges(sides: Sides): Change[] {
  const [base, head] = [sides.base.checked.training, sides.head.checked.training];
  const changes = settings.flatMap(({ rule, field, of, words = '' }): Change[] => {
    const [before, after] = [of(base), of(head)];
    if (before === after) return [];
    const told = `${words === '' ? '' : `${words} `}${shown(before)} → ${shown(after)}`;
    const fields = field === 'epochs' ? ['epochs', 'steps'] : [field];
    const places = { base: fieldSpan(sides, 'base', fields), head: fieldSpan(sides, 'head', fields) };
    return [sides.change(rule, `train.${words === '' ? field : words}`, before, after, told, places)];
  });
  const [from, to] = [base.data ?? 'no data', head.data ?? 'no data'];
  if ((sides.names.data.get(from) ?? from) !== to)
    changes.unshift(sides.change('training-data', 'train.data', from, to, `trained on ${to} instead of ${from}`, { base: base.span, head: head.span })); // prettier-ignore
  return changes;
}

function shown(value: ChangeValue): string {
  return typeof value === 'number' ? formatFactor(value) : String(value);
}

/** The line of the field, else the statement. */
function fieldSpan(sides: Sides, side: 'base' | 'head', names: readonly string[]): Span {
  const { span } = sides[side].checked.training;
  const statements = sides[side].graph.root?.file.statements ?? [];
  const all = [...statements, ...statements.flatMap((each) => (each.kind === 'stage' ? each.statements : []))];
  const statement = all.find((each) => each.kind === 'train' && each.span.start === span.start && each.span.file === span.file); // prettier-ignore
  const fields = statement?.kind === 'train' ? statement.fields.fields : [];
  const field = fields.find(
    ({ key }) => key.kind === 'dotted-key' && names.includes(key.parts.map((part) => part.text).join('.')),
  );
  return field?.span ?? span;
}

function lengthWords({ epochs, steps }: CheckedTraining): string {
  return epochs === undefined ? `${steps ?? 0} steps` : `${epochs} epochs`;
}

const optimiserWords = ({ method, learningRate, decay }: CheckedOptimiser): string =>
  `${methodWords(method)}, lr ${formatFactor(learningRate)}, decay ${formatFactor(decay)}`;

function partWords({ partOptimisers }: CheckedTraining): string {
  if (partOptimisers.length === 0) return 'none';
  return partOptimisers.map((part) => `${part.paths.join(', ')}: ${optimiserWords(part.optimiser)}`).join('; ');
}
