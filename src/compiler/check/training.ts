import { nearestName } from '../common/suggest.ts';
import type { DatasetSpec, Schedule, WeightSpec } from '../program/program.ts';
import type { Expression, MinimizeStatement, Path, TrainStatement } from '../syntax/ast.ts';
import type { CheckedOptimiser, CheckedTerm, CheckedTraining } from './checked.ts';
import type { Checker, WeightEntry } from './checker.ts';
import { unknownData } from './data.ts';
import { durationOf, Fields } from './fields.ts';
import { expandPath } from './expand-path.ts';
import { printFormula } from './print-formula.ts';
import type { Scope } from './scope.ts';
import { constantOf } from './build.ts';

/** `minimize` and `train`: the terms with their weights, and how they are minimised. */
export function checkTraining(checker: Checker, data: readonly DatasetSpec[]): CheckedTraining | undefined {
  const { report, root } = checker;
  const minimise = only<MinimizeStatement>(checker, 'minimize');
  const train = only<TrainStatement>(checker, 'train');
  const experiment = root.file.statements.find((statement) => statement.kind === 'experiment');
  if (minimise === undefined || train === undefined) {
    if (experiment === undefined) return undefined;
    const missing = [
      minimise === undefined ? '`minimize`' : undefined,
      train === undefined ? '`train`' : undefined,
    ].filter((word) => word !== undefined);
    return report.error('CX5005', experiment.span, `the experiment has no ${missing.join(' and no ')}`, {
      help: 'say what is minimised (`minimize L`) and how (`train on data { epochs: 10  batch: 128  optimizer: adam(lr: 1e-4) }`)',
    });
  }
  const terms = checkTerms(checker, minimise);
  if (terms === undefined) checker.holes = true;
  const settings = trainSettings(checker, train, data);
  if (terms === undefined || settings === undefined) return undefined;
  return { ...settings, terms, objective: printFormula(minimise.value) };
}

function only<Kind extends MinimizeStatement | TrainStatement>(checker: Checker, kind: Kind['kind']): Kind | undefined {
  const found = checker.root.file.statements.filter((statement): statement is Kind => statement.kind === kind);
  const [first, second] = found;
  if (first !== undefined && second !== undefined) {
    checker.report.error('CX2002', second.span, `there are two \`${kind}\` statements`, {
      related: [{ span: first.span, label: 'the first' }],
      help: 'stages, each with its own, are not implemented yet',
    });
  }
  return first;
}

// ── the objective ────────────────────────────────────────────────────

/** A loss or a constant times a factor; the factor may hold one scheduled weight. */
interface Share {
  readonly loss: string | undefined;
  readonly factor: number;
  readonly weight?: WeightEntry;
  readonly constantWeight?: string;
}

function checkTerms(checker: Checker, statement: MinimizeStatement): CheckedTerm[] | undefined {
  const shares = linear(checker, statement.value);
  if (shares === undefined) return undefined;
  const stray = shares.find((share) => share.loss === undefined);
  if (stray !== undefined)
    return checker.report.error('CX5010', statement.value.span, 'a number is added that no loss multiplies', {
      expected: 'losses, each times a weight',
      help: 'a constant changes nothing about the optimum: leave it out',
    });
  const terms = new Map<string, CheckedTerm>();
  for (const share of shares) {
    const name = share.loss ?? '';
    const declaration = checker.root.declarations.find(name, 'value');
    const value = declaration === undefined ? undefined : checker.declared(declaration, checker.root, statement.span);
    if (value?.kind !== 'tensor' || declaration?.statement.kind !== 'loss') continue; // its fault was told
    checker.read.add(name);
    const existing = terms.get(name);
    const earlier = existing?.weight.kind === 'constant' ? existing.weight.value : 0;
    if (existing !== undefined && (share.weight !== undefined || existing.weight.kind !== 'constant')) {
      return checker.notImplemented(statement.span, `a loss that is weighted twice (\`${name}\`)`);
    }
    const weight: WeightSpec = share.weight?.ramp === undefined
      ? { kind: 'constant', value: share.factor + earlier, ...(share.constantWeight === undefined ? {} : { name: share.constantWeight }) }
      : { kind: 'ramp', name: share.weight.name, from: share.weight.ramp.from * share.factor, to: share.weight.ramp.to * share.factor, over: { value: share.weight.ramp.value, unit: share.weight.ramp.unit } }; // prettier-ignore
    terms.set(name, {
      name,
      typed: value.typed,
      formula: printFormula(declaration.statement.value),
      weight,
      span: declaration.statement.span,
    });
  }
  // the language's law: a constant 0 removes its term
  const kept = [...terms.values()].filter((term) => term.weight.kind !== 'constant' || term.weight.value !== 0);
  if (kept.length === 0 && terms.size > 0)
    checker.report.error('CX5010', statement.value.span, 'nothing is minimised: every term has weight 0');
  return kept;
}

/** The objective as a sum of losses times numbers; anything else is an error. */
function linear(checker: Checker, expression: Expression): Share[] | undefined {
  const illegal = (): undefined =>
    checker.report.error('CX5010', expression.span, 'an objective is a sum of losses, each times weights and numbers', {
      expected: '`L_g + λ1 * L_d`',
      help: 'put any other formula into a `loss`',
    });
  switch (expression.kind) {
    case 'tuple':
      return expression.items.length === 1 && expression.items[0] !== undefined
        ? linear(checker, expression.items[0])
        : illegal();
    case 'quantity':
      return [{ loss: undefined, factor: expression.value }];
    case 'reference':
      return linearName(checker, expression);
    case 'unary': {
      const operand = expression.operator === '-' ? linear(checker, expression.operand) : illegal();
      return operand?.map((share) => ({ ...share, factor: -share.factor }));
    }
    case 'binary': {
      const left = linear(checker, expression.left);
      const right = linear(checker, expression.right);
      if (left === undefined || right === undefined) return undefined;
      if (expression.operator === '+') return merge([...left, ...right]);
      if (expression.operator === '-')
        return merge([...left, ...right.map((share) => ({ ...share, factor: -share.factor }))]);
      if (expression.operator === '*') return scaled(left, right) ?? scaled(right, left) ?? illegal();
      if (expression.operator === '/') {
        const [divisor, more] = right;
        if (
          divisor === undefined ||
          more !== undefined ||
          divisor.loss !== undefined ||
          divisor.weight !== undefined ||
          divisor.factor === 0
        )
          return illegal();
        return left.map((share) => ({ ...share, factor: share.factor / divisor.factor }));
      }
      return illegal();
    }
    default:
      return illegal();
  }
}

/** Constants add up, so that `1 - α` is one number. */
function merge(shares: readonly Share[]): Share[] {
  const constants = shares.filter((share) => share.loss === undefined && share.weight === undefined);
  const rest = shares.filter((share) => share.loss !== undefined || share.weight !== undefined);
  if (constants.length === 0) return rest;
  return [...rest, { loss: undefined, factor: constants.reduce((sum, share) => sum + share.factor, 0) }];
}

function scaled(factor: readonly Share[], shares: readonly Share[]): Share[] | undefined {
  const [one, more] = factor;
  if (one === undefined || more !== undefined || one.loss !== undefined) return undefined;
  if (one.weight !== undefined && shares.some((share) => share.weight !== undefined)) return undefined;
  return shares.map((share) => ({
    loss: share.loss,
    factor: share.factor * one.factor,
    ...(share.weight === undefined ? {} : { weight: share.weight }),
    ...(share.constantWeight === undefined ? {} : { constantWeight: share.constantWeight }),
    ...(one.weight === undefined ? {} : { weight: one.weight }),
    ...(one.constantWeight === undefined ? {} : { constantWeight: one.constantWeight }),
  }));
}

function linearName(checker: Checker, expression: Extract<Expression, { kind: 'reference' }>): Share[] | undefined {
  const { name, span } = expression;
  const declaration = checker.root.declarations.find(name, 'value');
  if (declaration?.kind === 'loss') return [{ loss: name, factor: 1 }];
  const value = checker.name(name, span, checker.fileScope(checker.root));
  if (value === undefined) return undefined;
  if (declaration?.kind === 'weight') {
    const weight = checker.weights.get(name);
    if (weight === undefined) return undefined;
    return weight.constant === undefined
      ? [{ loss: undefined, factor: 1, weight }]
      : [{ loss: undefined, factor: weight.constant, constantWeight: name }];
  }
  const constant = value.kind === 'tensor' ? constantOf(value.typed) : undefined;
  if (constant !== undefined) return [{ loss: undefined, factor: constant }];
  return checker.report.error('CX5010', span, `\`${name}\` is no loss`, {
    expected: 'a `loss`, a `weight` or a `const`',
    help: `declare it: \`loss ${name} = …\``,
  });
}

// ── how it is minimised ──────────────────────────────────────────────

type Settings = Omit<CheckedTraining, 'terms' | 'objective'>;

function trainSettings(
  checker: Checker,
  statement: TrainStatement,
  data: readonly DatasetSpec[],
): Settings | undefined {
  const scope = checker.fileScope(checker.root);
  if (statement.each) return checker.notImplemented(statement.span, '`train on each`');
  const fields = new Fields(checker, scope, statement.fields, 'train');
  const epochs = fields.number('epochs');
  const steps = fields.whole('steps');
  const batchField = fields.field('batch');
  const all = batchField?.value.kind === 'reference' && batchField.value.name === 'all';
  if (all) checker.notImplemented(batchField.value.span, '`batch: all`');
  const batch = all ? undefined : fields.whole('batch');
  const optimiserField = fields.field('optimizer');
  const optimiser = optimiserField === undefined ? undefined : optimiserOf(checker, optimiserField.value, scope);
  const parts = fields.callFields('optimizer').flatMap((field) => {
    const part = optimiserOf(checker, field.value, scope);
    const owned = field.key.kind === 'call-key' ? field.key.paths : [];
    const paths = owned.flatMap((path) => (isPart(checker, path) ? (expandPath(checker, path) ?? []) : []));
    return part === undefined ? [] : [{ paths, optimiser: part, span: field.key.span }];
  });
  const scheduleField = fields.field('schedule');
  const schedule = scheduleField === undefined ? constantSchedule : scheduleOf(checker, scheduleField.value, scope);
  const clipGradient = fields.number('clip_gradient');
  fields.later(
    'accumulate',
    'ema',
    'precision',
    'sampler',
    'checkpoint',
    'stop',
    'restarts',
    'chunk',
    'memory',
    'no_decay',
    'decay_on',
    'best',
  );
  fields.close();
  const [target, second] = statement.targets;
  if (second !== undefined) checker.notImplemented(second.span, 'training on several data sets at once (use `mix`)');
  if (target?.over !== undefined) checker.notImplemented(target.over.span, '`over` a part of a vocabulary');
  const name = target?.data.map((part) => part.text).join('.');
  const known = new Map(data.map((spec) => [spec.name, spec]));
  const spec = name === undefined ? undefined : known.get(name);
  if (name !== undefined && spec === undefined) return unknownData(checker, name, target?.span ?? statement.span);
  const tested = spec === undefined ? undefined : markedTest(spec, known);
  if (tested !== undefined)
    return checker.report.error(
      'CX5004',
      target?.span ?? statement.span,
      tested === name
        ? `\`${tested}\` is marked test, and this trains on it`
        : `\`${name}\` holds \`${tested}\`, which is marked test, and this trains on it`,
      { help: 'test data are evaluated once, at the end' },
    );
  // everything that is missing, at once; what is given badly was told
  const place = { ...statement.span, end: statement.span.start + 'train'.length };
  const missing = (keys: readonly string[], question: string, expected: string): void => {
    if (!keys.some((key) => fields.attempted(key))) checker.report.error('CX5005', place, question, { expected });
  };
  if (epochs !== undefined && steps !== undefined)
    checker.report.error('CX5005', place, '`epochs` and `steps` both say how long it trains', {
      expected: 'one of the two',
    });
  missing(['epochs', 'steps'], 'how long does it train?', '`epochs: 10` or `steps: 1000`');
  missing(['batch'], 'how many samples are in a batch?', '`batch: 128`');
  missing(['optimizer'], 'which optimiser?', '`optimizer: adam(lr: 1e-4)`');
  if ((epochs === undefined) === (steps === undefined)) return undefined;
  if (batch === undefined || optimiser === undefined || schedule === undefined) return undefined;
  return {
    data: name, batch, optimiser, partOptimisers: parts, schedule, span: statement.span,
    ...(epochs === undefined ? {} : { epochs }),
    ...(steps === undefined ? {} : { steps }),
    ...(clipGradient === undefined ? {} : { clipGradient }),
  }; // prettier-ignore
}

/** The set marked test among a set and what it is made of. */
function markedTest(spec: DatasetSpec, known: ReadonlyMap<string, DatasetSpec>): string | undefined {
  if (spec.mark === 'test') return spec.name;
  const { source } = spec;
  const inside = source.kind === 'mix' ? source.parts.map((part) => part.data) : source.kind === 'same' || source.kind === 'split' ? [source.data] : []; // prettier-ignore
  for (const name of inside) {
    const part = known.get(name);
    const found = part === undefined ? undefined : markedTest(part, known);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An optimiser of its own is for a part that is there. */
function isPart(checker: Checker, path: Path): boolean {
  const parts = checker.root.declarations.all.filter((each) => ['encoder', 'module', 'param'].includes(each.kind));
  const names = parts.map((each) => each.name.text);
  const name = path.head.text;
  if (names.includes(name)) return true;
  const suggestion = nearestName(name, names);
  checker.report.error('CX2001', path.span, `there is no encoder, module or param \`${name}\``, {
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return false;
}

const optimisers = ['sgd', 'adam', 'adamw', 'rmsprop', 'lion'] as const;
const laterOptimisers = ['lbfgs', 'grid', 'random', 'coordinate'];

/** Defaults are PyTorch's. */
function optimiserOf(checker: Checker, expression: Expression, scope: Scope): CheckedOptimiser | undefined {
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

const constantSchedule: Schedule = { kind: 'constant', warmup: { value: 0, unit: 'step' }, floor: 0 };

function scheduleOf(checker: Checker, expression: Expression, scope: Scope): Schedule | undefined {
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
