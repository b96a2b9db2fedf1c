import { invariant } from '../common/invariant.ts';
import { nearestName } from '../common/suggest.ts';
import type { OptimiserMethod } from '../program/optimiser.ts';
import type { Call, Expression } from '../syntax/ast.ts';
import type { Field, Fields } from '../types/catalogue/construct.ts';
import { optimiserNames, optimisers } from '../types/catalogue/optimisers.ts';
import { constantOf } from './build.ts';
import type { CheckedOptimiser } from './checked.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';

const laterOptimisers = ['lbfgs', 'grid', 'random', 'coordinate'];

type Values = ReadonlyMap<string, number>;

/** `adam(lr: 1e-4)`: names, options and defaults are the catalogue's. */
export function optimiserOf(checker: Checker, expression: Expression, scope: Scope): CheckedOptimiser | undefined {
  const name =
    expression.kind === 'call' && expression.callee.kind === 'reference' ? expression.callee.name : undefined;
  if (expression.kind !== 'call' || name === undefined)
    return checker.report.error('CX2012', expression.span, 'an optimiser is called with its rate', {
      expected: '`adam(lr: 1e-4)`',
    });
  const kind = optimiserNames.find((each) => each === name);
  if (kind === undefined) {
    if (laterOptimisers.includes(name))
      return checker.notImplemented(expression.callee.span, `the optimiser \`${name}\``);
    const suggestion = nearestName(name, optimiserNames);
    return checker.report.error('CX2012', expression.callee.span, `there is no optimiser \`${name}\``, {
      expected: optimiserNames.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const { options } = optimisers[kind];
  const { given, ill } = readOptions(checker, expression, name, options, scope);
  const learningRate = given.get('lr');
  if (learningRate === undefined && (ill || expression.args.some((argument) => argument.label?.text === 'lr')))
    return undefined;
  if (learningRate === undefined)
    return checker.report.error('CX5005', expression.span, `\`${name}\` needs its learning rate`, {
      expected: `\`${name}(lr: 1e-3)\``,
    });
  const option = optionOf(options, given);
  return { method: methodOf(kind, option), learningRate, decay: option('decay') };
}

/** A value of every option: as it is given, else the default of the catalogue. A switch is 0 or 1. */
function optionOf(options: Fields, given: Values): (name: string) => number {
  return (name) => {
    const field = options[name];
    const otherwise = field?.kind === 'number' || field?.kind === 'switch' ? field.otherwise : undefined;
    const value = given.get(name) ?? otherwise;
    invariant(value !== undefined, `the catalogue has a default for ${name}`);
    return Number(value);
  };
}

function methodOf(kind: (typeof optimiserNames)[number], option: (name: string) => number): OptimiserMethod {
  switch (kind) {
    case 'sgd':
      return { kind, momentum: option('momentum'), nesterov: option('nesterov') !== 0 };
    case 'adam':
    case 'adamw':
      return {
        kind, beta1: option('beta1'), beta2: option('beta2'), epsilon: option('eps'),
        ...(option('bias_correction') === 0 ? { biasCorrection: false } : {}),
      }; // prettier-ignore
    case 'rmsprop':
      return { kind, alpha: option('alpha'), epsilon: option('eps'), momentum: option('momentum') };
    case 'lion':
      return { kind, beta1: option('beta1'), beta2: option('beta2') };
  }
}

/** `ill`: something that may have been meant as the rate was wrong. */
function readOptions(
  checker: Checker,
  { args }: Call,
  name: string,
  options: Fields,
  scope: Scope,
): { given: Values; ill: boolean } {
  const legal = Object.keys(options);
  const given = new Map<string, number>();
  let ill = false;
  for (const argument of args) {
    if (argument.label === undefined) {
      ill = true;
      checker.report.error('CX3006', argument.span, `the options of \`${name}\` have names`, {
        expected: legal.map((each) => `${each}: …`).join(', '),
        help: `\`${name}(lr: 1e-3)\``,
      });
      continue;
    }
    const { text: label, span } = argument.label;
    if (given.has(label)) checker.report.error('CX2002', argument.span, `\`${label}\` is given twice`);
    const option = options[label];
    if (option === undefined) {
      const suggestion = nearestName(label, legal);
      if (suggestion === 'lr') ill = true;
      checker.report.error('CX2010', span, `\`${name}\` has no option \`${label}\``, {
        expected: legal.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      continue;
    }
    const value = valueOf(checker, label, argument.value, option, scope);
    if (value !== undefined) given.set(label, value);
  }
  return { given, ill };
}

function valueOf(checker: Checker, label: string, value: Expression, option: Field, scope: Scope): number | undefined {
  const isSwitch = option.kind === 'switch';
  if (isSwitch && value.kind === 'reference' && (value.name === 'on' || value.name === 'off'))
    return value.name === 'on' ? 1 : 0;
  const typed = checker.tensor(value, scope);
  if (typed === undefined) return undefined;
  const number = constantOf(typed);
  if (isSwitch ? number === 0 || number === 1 : number !== undefined && number >= 0) return number;
  return checker.report.error(
    'CX5006',
    value.span,
    isSwitch ? `\`${label}\` is switched` : `\`${label}\` is a number of at least 0`,
    isSwitch ? { expected: 'on or off' } : {},
  );
}
