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

export function scheduleOf(checker: Checker, expression: Expression, scope: Scope): Schedule | undefined {
  const name =
    expression.kind === 'call' && expression.callee.kind === 'reference'
      ? expression.callee.name
      : expression.kind === 'reference'
        ? expression.name
        : undefined;
  const kinds = ['constant', 'cosine', 'linear'] as const;
  const kind = kinds.find((each) => each === name);
  if (kind === undefined) {
    if (name !== undefined && ['multistep', 'exponential', 'one_cycle', 'polynomial'].includes(name))
      return checker.notImplemented(expression.span, `the schedule \`${name}\``);
    const suggestion = name === undefined ? undefined : nearestName(name, kinds);
    return checker.report.error('CX2012', expression.span, 'there is no such schedule', {
      expected: kinds.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  let schedule: Schedule = { ...constantSchedule, kind };
  for (const argument of expression.kind === 'call' ? expression.args : []) {
    const label = argument.label?.text ?? '';
    if (label === 'warmup') {
      const warmup = durationOf(checker, argument.value, 'warmup');
      if (warmup === undefined) return undefined;
      schedule = { ...schedule, warmup };
    } else if (label === 'floor') {
      const typed = checker.tensor(argument.value, scope);
      const floor = typed === undefined ? undefined : constantOf(typed);
      if (floor === undefined || floor < 0 || floor > 1)
        return checker.report.error(
          'CX5006',
          argument.span,
          '`floor` is the share of the rate that is left at the end',
          { expected: 'a number from 0 to 1' },
        );
      schedule = { ...schedule, floor };
    } else if (argument.label === undefined)
      return checker.report.error('CX3006', argument.span, 'the options of a schedule have names', {
        expected: '`warmup: 1 epoch`, `floor: 0.02`',
      });
    else if (['from', 'shape', 'by'].includes(label))
      return checker.notImplemented(argument.span, `\`${label}:\` of a schedule`);
    else {
      const suggestion = nearestName(label, ['warmup', 'floor']);
      return checker.report.error('CX2010', argument.label.span, `a schedule has no option \`${label}\``, {
        expected: 'warmup, floor',
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
  return schedule;
}
