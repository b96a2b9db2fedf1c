import { nearestName } from '../common/suggest.ts';
import type { Schedule } from '../program/program.ts';
import type { Expression } from '../syntax/ast.ts';
import { constantOf } from './build.ts';
import type { CheckedOptimiser } from './checked.ts';
import type { Checker } from './checker.ts';
import { durationOf } from './fields.ts';
import type { Scope } from './scope.ts';

const optimisers = ['sgd', 'adam', 'adamw', 'rmsprop', 'lion'] as const;
const laterOptimisers = ['lbfgs', 'grid', 'random', 'coordinate'];

/** Defaults are PyTorch's. */
export function optimiserOf(checker: Checker, expression: Expression, scope: Scope): CheckedOptimiser | undefined {
  const name =
    expression.kind === 'call' && expression.callee.kind === 'reference' ? expression.callee.name : undefined;
  if (expression.kind !== 'call' || name === undefined)
    return checker.report.error('CX2012', expression.span, 'an optimiser is called with its rate', {
      expected: '`adam(lr: 1e-4)`',
    });
  const kind = optimisers.find((each) => each === name);
  if (kind === undefined) {
    if (laterOptimisers.includes(name))
      return checker.notImplemented(expression.callee.span, `the optimiser \`${name}\``);
    const suggestion = nearestName(name, optimisers);
    return checker.report.error('CX2012', expression.callee.span, `there is no optimiser \`${name}\``, {
      expected: optimisers.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const given = new Map<string, number>();
  let ill = false;
  const legal: Record<typeof kind, readonly string[]> = {
    sgd: ['lr', 'momentum', 'nesterov', 'decay'], adam: ['lr', 'beta1', 'beta2', 'eps', 'decay'], adamw: ['lr', 'beta1', 'beta2', 'eps', 'decay'],
    rmsprop: ['lr', 'alpha', 'eps', 'momentum', 'decay'], lion: ['lr', 'beta1', 'beta2', 'decay'],
  }; // prettier-ignore
  for (const argument of expression.args) {
    const label = argument.label?.text ?? '';
    if (argument.label === undefined) {
      ill = true;
      checker.report.error('CX3006', argument.span, `the options of \`${name}\` have names`, {
        expected: legal[kind].map((each) => `${each}: …`).join(', '),
        help: `\`${name}(lr: 1e-3)\``,
      });
      continue;
    }
    if (given.has(label)) checker.report.error('CX2002', argument.span, `\`${label}\` is given twice`);
    if (!legal[kind].includes(label)) {
      if (nearestName(label, legal[kind]) === 'lr') ill = true;
      const suggestion = nearestName(label, legal[kind]);
      checker.report.error('CX2010', argument.label?.span ?? argument.span, `\`${name}\` has no option \`${label}\``, {
        expected: legal[kind].join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      continue;
    }
    const typed = checker.tensor(argument.value, scope);
    const value = typed === undefined ? undefined : constantOf(typed);
    if (value === undefined || value < 0) {
      if (typed !== undefined)
        checker.report.error('CX5006', argument.value.span, `\`${label}\` is a number of at least 0`);
      continue;
    }
    given.set(label, value);
  }
  const learningRate = given.get('lr');
  if (learningRate === undefined && (ill || expression.args.some((argument) => argument.label?.text === 'lr')))
    return undefined;
  if (learningRate === undefined)
    return checker.report.error('CX5005', expression.span, `\`${name}\` needs its learning rate`, {
      expected: `\`${name}(lr: 1e-3)\``,
    });
  const decay = given.get('decay') ?? (kind === 'adamw' ? 0.01 : 0);
  const option = (label: string, fallback: number): number => given.get(label) ?? fallback;
  switch (kind) {
    case 'sgd':
      return {
        method: { kind, momentum: option('momentum', 0), nesterov: option('nesterov', 0) !== 0 },
        learningRate,
        decay,
      };
    case 'adam':
    case 'adamw':
      return {
        method: { kind, beta1: option('beta1', 0.9), beta2: option('beta2', 0.999), epsilon: option('eps', 1e-8) },
        learningRate,
        decay,
      };
    case 'rmsprop':
      return {
        method: { kind, alpha: option('alpha', 0.99), epsilon: option('eps', 1e-8), momentum: option('momentum', 0) },
        learningRate,
        decay,
      };
    case 'lion':
      return { method: { kind, beta1: option('beta1', 0.9), beta2: option('beta2', 0.99) }, learningRate, decay };
  }
}

export const constantSchedule: Schedule = { kind: 'constant', warmup: { value: 0, unit: 'step' }, floor: 0 };

const schedules = ['constant', 'cosine', 'linear', 'multistep', 'exponential', 'polynomial'] as const;

/** Options of each schedule besides those that all have. */
const ownOptions: Record<(typeof schedules)[number], readonly string[]> = {
  constant: [], cosine: [], linear: [], multistep: ['at', 'factor'], exponential: ['factor'], polynomial: ['power'],
}; // prettier-ignore

const sharedOptions = ['warmup', 'from', 'floor', 'by'];

/** `constant`, `cosine(warmup: 1 epoch, floor: 0.02)`, `multistep(at: [8 epochs, 12 epochs], factor: 0.1)` */
export function scheduleOf(checker: Checker, expression: Expression, scope: Scope): Schedule | undefined {
  const { report } = checker;
  const name =
    expression.kind === 'call' && expression.callee.kind === 'reference'
      ? expression.callee.name
      : expression.kind === 'reference'
        ? expression.name
        : undefined;
  const kind = schedules.find((each) => each === name);
  if (kind === undefined) {
    if (name === 'one_cycle') return checker.notImplemented(expression.span, `the schedule \`${name}\``);
    const suggestion = name === undefined ? undefined : nearestName(name, schedules);
    return report.error('CX2012', expression.span, 'there is no such schedule', {
      expected: schedules.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  let schedule: Schedule = { ...constantSchedule, kind };
  const legal = [...sharedOptions, ...ownOptions[kind]];
  for (const argument of expression.kind === 'call' ? expression.args : []) {
    const label = argument.label?.text ?? '';
    if (argument.label === undefined)
      return report.error('CX3006', argument.span, 'the options of a schedule have names', {
        expected: '`warmup: 1 epoch`, `floor: 0.02`',
      });
    if (!legal.includes(label)) {
      const suggestion = nearestName(label, legal);
      return report.error('CX2010', argument.label.span, `the schedule \`${kind}\` has no option \`${label}\``, {
        expected: legal.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    const option = scheduleOption(checker, label, argument.value, scope);
    if (option === undefined) return undefined;
    schedule = { ...schedule, ...option };
  }
  const missing = ownOptions[kind].find((option) => option !== 'power' && !(option in schedule));
  if (missing !== undefined)
    return report.error('CX5005', expression.span, `\`${kind}\` needs \`${missing}:\``, {
      expected:
        kind === 'multistep' ? '`multistep(at: [8 epochs, 12 epochs], factor: 0.1)`' : '`exponential(factor: 0.96)`',
    });
  return schedule;
}

function scheduleOption(
  checker: Checker,
  label: string,
  value: Expression,
  scope: Scope,
): Partial<Schedule> | undefined {
  switch (label) {
    case 'warmup': {
      const isShare = value.kind === 'quantity' && value.unit?.text === '%';
      if (isShare && value.value <= 100) return { warmup: { value: value.value / 100, unit: 'share' } };
      const warmup = durationOf(checker, value, 'warmup');
      return warmup === undefined ? undefined : { warmup };
    }
    case 'at': {
      const items = value.kind === 'list' ? value.items.map((item) => item.value) : [value];
      const at = items.flatMap((item) => durationOf(checker, item, 'at') ?? []);
      return at.length === items.length ? { at } : undefined;
    }
    case 'by':
      if (value.kind === 'reference' && value.name === 'epoch') return { by: 'epoch' };
      if (value.kind === 'reference' && value.name === 'step') return {};
      return checker.report.error('CX5006', value.span, '`by` is `step` or `epoch`');
    default: {
      const typed = checker.tensor(value, scope);
      const number = typed === undefined ? undefined : constantOf(typed);
      const isShare = label !== 'power';
      if (number === undefined || number < 0 || (isShare && number > 1))
        return checker.report.error('CX5006', value.span, shareWords[label] ?? `\`${label}\` is a number above 0`, {
          expected: isShare ? 'a number from 0 to 1' : 'a number of at least 0',
        });
      return { [label]: number };
    }
  }
}

const shareWords: Readonly<Record<string, string>> = {
  floor: '`floor` is the share of the rate that is left at the end',
  from: '`from` is the share of the rate with which the warm-up begins',
  factor: '`factor` is what is left of the rate each time',
};
