/** The settings of `train` beyond length, batch, optimiser and schedule. */
import { nearestName } from '../common/suggest.ts';
import { samplers } from '../types/catalogue/samplers.ts';
import { decayWords, precisions } from '../types/catalogue/statements/train.ts';
import type { Sampler } from '../program/stage.ts';
import type { Expression, Field } from '../syntax/ast.ts';
import { constantOf } from './build.ts';
import type { CheckedTraining, StopRequest } from './checked.ts';
import type { Checker } from './checker.ts';
import { durationOf, type Fields } from './fields.ts';
import type { Scope } from './scope.ts';
import { choiceOf } from './selection.ts';

type Options = Pick<
  CheckedTraining,
  | 'accumulate' | 'average' | 'sampler' | 'checkpoint' | 'restarts' | 'chunk' | 'memory' | 'noDecay' | 'decayOn'
 > & { readonly request?: StopRequest }; // prettier-ignore

/** Reads them all, so that none is silently ignored; what has no body yet is noted at its place. */
export function trainingOptions(checker: Checker, fields: Fields, scope: Scope): Options {
  const accumulate = fields.whole('accumulate');
  const average = averageOf(checker, fields);
  precision(checker, fields);
  const sampler = samplerOf(checker, fields, scope);
  const checkpoint = fields.duration('checkpoint');
  const stop = stopOf(checker, fields);
  const restarts = restartsOf(checker, fields);
  const chunk = fields.whole('chunk');
  const memory = fields.bytes('memory');
  const noDecay = noDecayOf(checker, fields);
  const decayOn = decayOnOf(checker, fields);
  const best = fields.foreign('best');
  if (best !== undefined)
    checker.report.error('CX2010', best.key.span, '`train` has no field `best`', {
      help: 'an evaluation selects: `evaluate on val { … best: max(accuracy) }`',
    });
  return {
    ...(accumulate === undefined || accumulate === 1 ? {} : { accumulate }),
    ...(average === undefined ? {} : { average }),
    ...(sampler === undefined ? {} : { sampler }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(stop === undefined ? {} : { request: stop }),
    ...(restarts === undefined || restarts === 1 ? {} : { restarts }),
    ...(chunk === undefined ? {} : { chunk }),
    ...(memory === undefined ? {} : { memory }),
    ...(noDecay === undefined ? {} : { noDecay }),
    ...(decayOn === undefined ? {} : { decayOn }),
  };
}

/** `ema: 0.999` */
function averageOf(checker: Checker, fields: Fields): number | undefined {
  const field = fields.field('ema');
  const value = field === undefined ? undefined : fields.numberOf(field.value, 'ema');
  if (field === undefined || value === undefined) return undefined;
  if (value < 1) return value;
  return checker.report.error('CX5006', field.value.span, '`ema` is how much of the average each step keeps', {
    expected: 'a number from 0 to below 1, as 0.999',
    found: String(value),
  });
}

/** The law: one precision, so that a number is the same on every engine. */
function precision(checker: Checker, fields: Fields): void {
  const field = fields.field('precision');
  if (field === undefined) return;
  const name = field.value.kind === 'reference' ? field.value.name : '';
  if (precisions.some((each) => each === name)) return;
  if (['f16', 'bf16', 'mixed', 'f64'].includes(name))
    return checker.notImplemented(field.value.span, `the precision \`${name}\` (everything is computed in f32)`);
  checker.report.error('CX2012', field.value.span, 'there is no such precision', { expected: precisions.join(', ') });
}

const samplerNames = Object.keys(samplers) as (keyof typeof samplers)[]; // the names of the catalogue

/** `shuffle`, `sequential`, `balanced(label)`, `per_class(4, label)` */
function samplerOf(checker: Checker, fields: Fields, scope: Scope): Sampler | undefined {
  const field = fields.field('sampler');
  if (field === undefined) return undefined;
  const { value } = field;
  const name = value.kind === 'reference' ? value.name : value.kind === 'call' && value.callee.kind === 'reference' ? value.callee.name : ''; // prettier-ignore
  const kind = samplerNames.find((each) => each === name);
  const args = value.kind === 'call' ? value.args : [];
  if (kind === undefined) {
    const suggestion = nearestName(name, samplerNames);
    return checker.report.error('CX2012', value.span, 'there is no such sampler', {
      expected: '`shuffle`, `sequential`, `balanced(label)`, `per_class(4, label)`',
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  if (kind === 'shuffle' || kind === 'sequential') {
    if (args[0] === undefined) return kind === 'shuffle' ? undefined : { kind: 'sequential' };
    return checker.report.error('CX3006', args[0].span, `\`${kind}\` takes no values`);
  }
  const [first, second] = args;
  const column = kind === 'balanced' ? first : second;
  if (column === undefined || args.length !== (kind === 'balanced' ? 1 : 2))
    return checker.report.error('CX3006', value.span, `\`${kind}\` is given ${kind === 'balanced' ? 'the column of the classes' : 'how many samples of each class, and the column of the classes'}`, {
      expected: kind === 'balanced' ? '`balanced(label)`' : '`per_class(4, label)`',
    }); // prettier-ignore
  const typed = checker.tensor(column.value, scope);
  if (typed === undefined) return undefined;
  const isClass = typed.op === 'column' && typed.type.element === 'i32' && typed.type.axes.length === 1;
  if (!isClass)
    return checker.report.error('CX2009', column.span, 'a sampler goes by a class or an id of the samples', {
      expected: 'an `input` of type `class(…)` or `id`',
    });
  if (kind === 'balanced') return { kind, column: typed.attributes.column };
  const countOf = first === undefined ? undefined : checker.tensor(first.value, scope);
  const count = countOf === undefined ? undefined : constantOf(countOf);
  if (count === undefined || !Number.isInteger(count) || count < 1)
    return checker.report.error('CX5006', first?.span ?? value.span, 'samples of each class are a whole number');
  return { kind: 'per-class', column: typed.attributes.column, count };
}

/** `patience(5 epochs)`, `patience(accuracy on val, 5 epochs)`, `patience(max(accuracy on val), 5 epochs, change: 0.1 %)` */
function stopOf(checker: Checker, fields: Fields): StopRequest | undefined {
  const field = fields.field('stop');
  if (field === undefined) return undefined;
  const { value } = field;
  const illegal = (): undefined =>
    checker.report.error('CX5006', value.span, '`stop:` says how long a metric may fail to become better', {
      expected: '`patience(5 epochs)`, `patience(max(accuracy on val), 5 epochs)`',
    });
  if (value.kind !== 'call' || value.callee.kind !== 'reference' || value.callee.name !== 'patience') return illegal();
  const positional = value.args.filter((argument) => argument.label === undefined);
  const time = positional.at(-1);
  if (time === undefined || positional.length > 2) return illegal();
  const patience = durationOf(checker, time.value, 'patience');
  const metric = positional.length === 2 ? positional[0] : undefined;
  const choice = metric === undefined ? undefined : stopChoice(checker, metric.value);
  let change = 0;
  for (const argument of value.args) {
    if (argument.label === undefined) continue;
    if (argument.label.text !== 'change')
      return checker.report.error('CX2010', argument.label.span, `\`patience\` has no option \`${argument.label.text}\``, { expected: 'change' }); // prettier-ignore
    change = fields.numberOf(argument.value, 'change') ?? 0;
  }
  if (patience === undefined || (metric !== undefined && choice === undefined)) return undefined;
  return { patience, change, span: value.span, ...choice };
}

type StopChoice = Pick<StopRequest, 'metric' | 'data' | 'direction'>;

/** A metric by name alone goes the way in which it selects. */
function stopChoice(checker: Checker, expression: Expression): StopChoice | undefined {
  const inner = expression.kind === 'on-data' ? expression.value : expression;
  if (inner.kind === 'reference')
    return { metric: inner.name, ...(expression.kind === 'on-data' ? { data: expression.data } : {}) };
  const choice = choiceOf(checker, expression);
  return choice === undefined ? undefined : { metric: choice.metric, direction: choice.direction, ...(choice.data === undefined ? {} : { data: choice.data }) }; // prettier-ignore
}

/** `restarts: 3 keep best` */
function restartsOf(checker: Checker, fields: Fields): number | undefined {
  const field = fields.field('restarts');
  if (field === undefined) return undefined;
  const { value } = field;
  const kept = value.kind === 'qualified' && value.tail === 'keep' && value.argument.kind === 'reference' && value.argument.name === 'best'; // prettier-ignore
  const count = kept && value.value.kind === 'quantity' ? value.value.value : undefined;
  if (count === undefined || !Number.isInteger(count) || count < 1)
    return checker.report.error('CX5006', value.span, '`restarts:` says how often it begins anew and which run is kept', { expected: '`restarts: 3 keep best`' }); // prettier-ignore
  return count;
}

/** `no_decay: [bias, norm]`, and paths of parts. */
function noDecayOf(checker: Checker, fields: Fields): readonly string[] | undefined {
  const field = fields.field('no_decay');
  if (field === undefined) return undefined;
  const items = field.value.kind === 'list' ? field.value.items.map((item) => item.value) : [field.value];
  return items.flatMap((item) => {
    const word = pathText(item);
    if (word !== undefined) return [word];
    checker.report.error('CX5006', item.span, '`no_decay` lists kinds of tensors and parts', {
      expected: '`[bias, norm]`, `[bias, clip.text]`',
    });
    return [];
  });
}

function pathText(expression: Expression): string | undefined {
  if (expression.kind === 'reference') return expression.name;
  if (expression.kind === 'index') {
    const [item, more] = expression.items;
    const block = item?.value.kind === 'quantity' && more === undefined ? item.value.text : undefined;
    const owner = pathText(expression.object);
    return owner === undefined || block === undefined ? undefined : `${owner}.${block}`;
  }
  if (expression.kind !== 'member') return undefined;
  const head = pathText(expression.object);
  return head === undefined ? undefined : `${head}.${expression.member.text}`;
}

/** `decay_on: all` */
function decayOnOf(checker: Checker, fields: Fields): 'all' | undefined {
  const field: Field | undefined = fields.field('decay_on');
  if (field === undefined) return undefined;
  const name = field.value.kind === 'reference' ? field.value.name : '';
  if (name === 'all') return 'all';
  if (name === decayWords[0]) return undefined;
  return checker.report.error('CX5006', field.value.span, '`decay_on` is `matrices` (two or more dimensions) or `all`');
}
