import { nearestName } from '../common/suggest.ts';
import type { SearchMethod } from '../program/search.ts';
import type { Expression, MaximizeStatement } from '../syntax/ast.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { searches } from '../types/catalogue/searches.ts';
import { constantOf } from './build.ts';
import type { CheckedMetric } from './checked.ts';
import type { Checker } from './checker.ts';
import { checkMetric } from './evaluations.ts';
import { Scope } from './scope.ts';

/** `maximize accuracy(logits, label)`: one number over the whole data that no gradient is taken of. */
export function checkSearch(checker: Checker, statement: MaximizeStatement): CheckedMetric | undefined {
  const scope = new Scope(checker.root, '', checker.fileScope(checker.root));
  const metric = checkMetric(checker, 'maximised', statement.value, scope, false)?.checked;
  if (metric !== undefined && metric.typed.type.axes.length > 0)
    return checker.report.error('CX3010', statement.value.span, 'what is maximised is one number', { help: 'write `mean(…)` around it' }); // prettier-ignore
  return metric;
}

const methods = Object.keys(searches) as readonly (keyof typeof searches)[]; // the names of the catalogue

/** `grid([0.5, 1])`, `random([0.5, 1], tries: 500)`, `coordinate([0.5, 1], rounds: 3)`. */
export function searchMethodOf(checker: Checker, expression: Expression, scope: Scope): SearchMethod | undefined {
  const name = expression.kind === 'call' && expression.callee.kind === 'reference' ? expression.callee.name : undefined; // prettier-ignore
  const kind = methods.find((each) => each === name);
  if (expression.kind !== 'call' || kind === undefined) {
    const suggestion = name === undefined ? undefined : nearestName(name, methods);
    return checker.report.error('CX2012', expression.span, '`maximize` tries candidates: no gradient is taken of a metric', {
      expected: '`grid([0.5, 1])`, `random([0.5, 1], tries: 500)`, `coordinate([0.5, 1], rounds: 3)`',
      ...(suggestion === undefined ? {} : { suggestion }),
    }); // prettier-ignore
  }
  const [first] = expression.args.filter((argument) => argument.label === undefined);
  const items = first?.value.kind === 'list' ? first.value.items : [];
  const values = items.flatMap((item) => {
    const typed = checker.tensor(item.value, scope);
    const value = typed === undefined ? undefined : constantOf(typed);
    return value === undefined ? [] : [value];
  });
  if (items.length === 0 || values.length !== items.length)
    return checker.report.error('CX5006', first?.span ?? expression.span, `\`${kind}\` is given the values that it tries`, { expected: `\`${kind}([0.25, 0.5, 1])\`` }); // prettier-ignore
  const legal = Object.keys(searches[kind].options);
  const [option] = legal;
  let count = option === undefined ? 0 : defaultOf(searches[kind], option);
  for (const argument of expression.args) {
    if (argument.label === undefined) continue;
    if (!legal.includes(argument.label.text)) {
      const suggestion = nearestName(argument.label.text, legal);
      return checker.report.error('CX2010', argument.label.span, `\`${kind}\` has no option \`${argument.label.text}\``, {
        expected: legal.length === 0 ? 'no options' : legal.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      }); // prettier-ignore
    }
    const typed = checker.tensor(argument.value, scope);
    const value = typed === undefined ? undefined : constantOf(typed);
    if (value === undefined || !Number.isInteger(value) || value < 1)
      return checker.report.error('CX5006', argument.value.span, `\`${argument.label.text}\` is a whole number`);
    count = value;
  }
  if (kind === 'random') return { kind, values, tries: count };
  return kind === 'coordinate' ? { kind, values, rounds: count } : { kind, values };
}
