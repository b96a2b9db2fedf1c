import { nearestName } from '../common/suggest.ts';
import type { Duration, Schedule } from '../program/schedule.ts';
import type { Expression } from '../syntax/ast.ts';
import type { FieldType, Told, WideFields } from '../types/catalogue/construct.ts';
import { scheduleNames, schedules } from '../types/catalogue/schedules.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { durationOf } from './fields.ts';
import type { Scope } from './scope.ts';

export const constantSchedule: Schedule = { kind: 'constant', warmup: { value: 0, unit: 'step' }, floor: 0 };

type Value = number | string | boolean | Duration | Schedule['warmup'] | readonly Duration[];

/** `constant`, `cosine(warmup: 1 epoch, floor: 0.02)`: names, options and defaults are the catalogue's. */
export function scheduleOf(checker: Checker, expression: Expression, scope: Scope): Schedule | undefined {
  const { report } = checker;
  const name =
    expression.kind === 'call' && expression.callee.kind === 'reference'
      ? expression.callee.name
      : expression.kind === 'reference'
        ? expression.name
        : undefined;
  const kind = scheduleNames.find((each) => each === name);
  if (kind === undefined) {
    const suggestion = name === undefined ? undefined : nearestName(name, scheduleNames);
    return report.error('CX2012', expression.span, 'there is no such schedule', {
      expected: scheduleNames.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const { options, example }: { readonly options: WideFields; readonly example: string } = schedules[kind];
  const legal = Object.keys(options);
  const given: Record<string, Value> = {};
  for (const argument of expression.kind === 'call' ? expression.args : []) {
    if (argument.label === undefined)
      return report.error('CX3006', argument.span, 'the options of a schedule have names', {
        expected: '`warmup: 1 epoch`, `floor: 0.02`',
      });
    const label = argument.label.text;
    const option = options[label];
    if (option === undefined) {
      const suggestion = nearestName(label, legal);
      return report.error('CX2010', argument.label.span, `the schedule \`${kind}\` has no option \`${label}\``, {
        expected: legal.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    const value = optionValue(checker, label, option, argument.value, scope);
    if (value === undefined) return undefined;
    given[label] = value;
  }
  const missing = legal.find((label) => options[label]?.required === true && !(label in given));
  if (missing !== undefined)
    return report.error('CX5005', expression.span, `\`${kind}\` needs \`${missing}:\``, { expected: `\`${example}\`` });
  return assembled(kind, options, given);
}

/** What is given, and the defaults that stand in the artefact; a default that means nothing to the run is left out. */
function assembled(kind: Schedule['kind'], options: WideFields, given: Readonly<Record<string, Value>>): Schedule {
  const number = (label: string): number | undefined => {
    const field = options[label];
    const value = given[label] ?? (field?.kind === 'number' ? field.otherwise : undefined);
    return typeof value === 'number' ? value : undefined;
  };
  const { by, shape, three_phase: three, floor, ...rest } = given;
  const whole: Schedule = { ...constantSchedule, kind, ...rest, ...(by === 'epoch' ? { by: 'epoch' } : {}) };
  if (kind !== 'one_cycle') return { ...whole, floor: number('floor') ?? 0, ...grow(number('grow')) };
  const from = number('from') ?? 0;
  const rise = number('rise') ?? 0;
  const tail = typeof floor === 'number' ? floor : from / 10_000;
  return {
    ...whole, from, rise, floor: tail, ...(shape === 'linear' ? { shape } : {}), ...(three === true ? { phases: 3 } : {}),
  }; // prettier-ignore
}

const grow = (times: number | undefined): Pick<Schedule, 'grow'> => (times === undefined ? {} : { grow: times });

function optionValue(
  checker: Checker,
  label: string,
  option: FieldType & Told,
  value: Expression,
  scope: Scope,
): Value | undefined {
  switch (option.kind) {
    case 'time': {
      const isShare = option.share === true && value.kind === 'quantity' && value.unit?.text === '%';
      if (isShare && value.value <= 100) return { value: value.value / 100, unit: 'share' };
      return durationOf(checker, value, label);
    }
    case 'times': {
      const items = value.kind === 'list' ? value.items.map((item) => item.value) : [value];
      const times = items.flatMap((item) => durationOf(checker, item, label) ?? []);
      return times.length === items.length ? times : undefined;
    }
    case 'word': {
      const written = value.kind === 'reference' ? value.name : '';
      if (option.words.includes(written)) return written;
      return checker.report.error('CX5006', value.span, `\`${label}\` is ${option.words.map((word) => `\`${word}\``).join(' or ')}`); // prettier-ignore
    }
    case 'switch':
      if (value.kind === 'reference' && (value.name === 'on' || value.name === 'off')) return value.name === 'on';
      return checker.report.error('CX5006', value.span, `\`${label}\` is switched`, { expected: 'on or off' });
    case 'number': {
      const typed = checker.tensor(value, scope);
      const number = typed === undefined ? undefined : constantOf(typed);
      if (number !== undefined && number >= option.least && number <= option.most) return number;
      const range = Number.isFinite(option.most)
        ? `from ${option.least} to ${option.most}`
        : `of at least ${option.least}`;
      return checker.report.error('CX5006', value.span, shareWords[label] ?? `\`${label}\` is a number ${range}`, {
        expected: `a number ${range}`,
      }); // prettier-ignore
    }
    default:
      return undefined;
  }
}

const shareWords: Readonly<Record<string, string>> = {
  floor: '`floor` is the share of the rate that is left at the end',
  from: '`from` is the share of the rate with which it begins',
  factor: '`factor` is what is left of the rate each time',
};
