import type { CheckedOptimiser, CheckedTraining } from '../../check/checked.ts';
import { formatFactor } from '../../common/format-number.ts';
import { methodWords, scheduleWords } from '../../program/words.ts';
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

const settings: readonly Setting[] = [
  { rule: 'training-length', field: 'epochs', of: lengthWords },
  { rule: 'batch-size', field: 'batch', of: (it) => it.batch },
  { rule: 'optimizer', field: 'optimizer', of: (it) => methodWords(it.optimiser.method) },
  { rule: 'learning-rate', field: 'optimizer', of: (it) => it.optimiser.learningRate, words: 'lr' },
  { rule: 'weight-decay', field: 'optimizer', of: (it) => it.optimiser.decay, words: 'decay' },
  { rule: 'part-optimizer', field: 'optimizer', of: partWords },
  { rule: 'schedule', field: 'schedule', of: (it) => scheduleWords(it.schedule) },
  { rule: 'clip-gradient', field: 'clip_gradient', of: (it) => it.clipGradient ?? 'off' },
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
  const statement = sides[side].graph.root?.file.statements.find((each) => each.kind === 'train');
  const field = statement?.fields.fields.find(
    ({ key }) => key.kind === 'dotted-key' && names.includes(key.parts.map((part) => part.text).join('.')),
  );
  return field?.span ?? sides[side].checked.training.span;
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
