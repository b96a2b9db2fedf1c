/** A claim that was found in order, as data: what a study judges once its runs are there. */
import type { Claim, ClaimOperator, ClaimSide, ClaimValue } from '../program/claim.ts';
import { valueText, variantsOf } from '../resolve/rows.ts';
import type { AtPoint, Expression, ExpectStatement } from '../syntax/ast.ts';
import { constantOf } from './build.ts';
import { stageOfCombined } from './combined.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import { comparisonOf, type Claimable } from './expectations.ts';
import { printFormula } from './print-formula.ts';
import { measuredBy } from './study.ts';

/** Where a metric is looked for. */
interface Place {
  readonly rows: readonly string[];
  readonly stage?: string;
  readonly data?: string;
  readonly entry?: string;
}

interface Read {
  readonly value: ClaimValue;
  readonly unit?: string;
}

/** Nothing where a fault of the claim was told. */
export function claimOf(checker: Checker, statement: ExpectStatement, known: Claimable): Claim | undefined {
  const comparison = comparisonOf(statement.value);
  if (comparison === undefined) return undefined;
  const read = (expression: Expression): ClaimSide | undefined => {
    const found = sideOf(checker, expression, known, { rows: ['full'] });
    if (found === undefined) return undefined;
    return {
      text: printFormula(expression),
      value: found.value,
      ...(found.unit !== undefined && { unit: found.unit }),
    };
  };
  const sides = [comparison.first, ...comparison.rest.map((each) => each.operand)].map(read);
  const whole = sides.filter((side) => side !== undefined);
  if (whole.length < sides.length) return undefined;
  const operators = comparison.rest.map((each) => each.operator as ClaimOperator);
  const text = `${printFormula(statement.value)}${statement.within === undefined ? '' : ` within ${printFormula(statement.within)}`}`;
  const within = withinOf(statement.within, whole);
  return { text, sides: whole, operators, ...(within !== undefined && { within }) };
}

/** `0.5 %` of a metric in % is half a point; of any other, a share of it. */
function withinOf(within: Expression | undefined, sides: readonly ClaimSide[]): Claim['within'] {
  if (within?.kind !== 'quantity') return undefined;
  const isShare = within.unit?.text === '%' && !sides.some((side) => side.unit === '%');
  return isShare ? { kind: 'share', value: within.value / 100 } : { kind: 'amount', value: within.value };
}

const two = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '^': 'pow' } as const;

function sideOf(checker: Checker, expression: Expression, known: Claimable, place: Place): Read | undefined {
  switch (expression.kind) {
    case 'binary': {
      const op = two[expression.operator as keyof typeof two];
      const [left, right] = [expression.left, expression.right].map((each) => sideOf(checker, each, known, place));
      if (op === undefined || left === undefined || right === undefined) return undefined;
      const unit = left.unit ?? right.unit;
      return { value: { kind: 'two', op, left: left.value, right: right.value }, ...(unit !== undefined && { unit }) };
    }
    case 'unary': {
      const of = sideOf(checker, expression.operand, known, place);
      return of === undefined || expression.operator !== '-' ? undefined : { ...of, value: { kind: 'negative', of: of.value } }; // prettier-ignore
    }
    case 'tuple': {
      const [only] = expression.items;
      return only === undefined ? undefined : sideOf(checker, only, known, place);
    }
    case 'quantity':
      return { value: { kind: 'number', value: expression.value } };
    case 'in-unit': {
      const of = sideOf(checker, expression.value, known, place);
      return of === undefined ? undefined : inUnit(of, expression.unit.text);
    }
    case 'of-row': {
      const { row, value } = expression;
      return sideOf(checker, value, known, { ...place, rows: [row.kind === 'string' ? row.value : row.name] });
    }
    case 'at-point': {
      const { point, equals, value } = expression;
      if (equals === undefined) return sideOf(checker, value, known, { ...place, stage: point.text });
      const points = pointsAt(checker, expression, known);
      // a row and a point of a sweep are two variants: no run is of both
      const isFree = place.rows.length === 1 && place.rows[0] === 'full';
      const rows = isFree ? points : points.filter((each) => place.rows.includes(each));
      return sideOf(checker, value, known, { ...place, rows });
    }
    case 'on-data':
      return sideOf(checker, expression.value, known, { ...place, data: expression.data.text });
    case 'index': {
      const [item] = expression.items;
      const entry = item === undefined ? undefined : entryOf(item.value);
      return entry === undefined ? undefined : sideOf(checker, expression.object, known, { ...place, entry });
    }
    default:
      return named(checker, expression, known, place);
  }
}

function named(checker: Checker, expression: Expression, known: Claimable, place: Place): Read | undefined {
  const name = dottedName(expression);
  if (name === undefined) return undefined;
  const { rows, entry } = place;
  const combined = known.combined.find((each) => each.name === name);
  if (combined !== undefined) {
    const value: ClaimValue = { kind: 'metric', stage: place.stage ?? stageOfCombined(combined, known.stages) ?? lastStage(known), evaluation: 'combined', data: '', metric: name, rows }; // prettier-ignore
    return { value, unit: combined.unit ?? '' };
  }
  const stages = known.stages.filter((stage) => place.stage === undefined || stage.name === place.stage);
  const found = measuredBy(stages, name, place.data);
  if (found !== undefined) {
    const { stage, evaluation, metric } = found;
    const unit = evaluation.metrics.find((each) => each.name === metric)?.unit ?? '';
    const value: ClaimValue = { kind: 'metric', stage, evaluation: evaluation.name, data: evaluation.data, metric, rows, ...(entry !== undefined && { entry }) }; // prettier-ignore
    return { value, unit };
  }
  if (checker.root.declarations.find(name, 'value')?.kind !== 'const') return undefined;
  const typed = checker.tensor(expression, checker.fileScope(checker.root));
  const constant = typed === undefined ? undefined : constantOf(typed);
  return constant === undefined ? undefined : { value: { kind: 'number', value: constant } };
}

const lastStage = ({ stages }: Claimable): string => stages.at(-1)?.name ?? 'main';

/** From radians or a share to what is asked for, unless the metric is in it already. */
function inUnit({ value, unit }: Read, wanted: string): Read {
  const factor = unit === wanted ? 1 : ({ '%': 100, deg: 180 / Math.PI }[wanted] ?? 1);
  if (factor === 1) return { value, unit: wanted };
  return { value: { kind: 'two', op: 'mul', left: value, right: { kind: 'number', value: factor } }, unit: wanted };
}

function entryOf(expression: Expression): string | undefined {
  if (expression.kind === 'string') return expression.value;
  if (expression.kind === 'reference') return expression.name;
  return expression.kind === 'quantity' ? expression.text : undefined;
}

/** The points of the sweeps that set what is named to this value. */
function pointsAt(checker: Checker, { point, equals }: AtPoint, { sweeps }: Claimable): readonly string[] {
  if (equals === undefined) return [];
  const wanted = valueText(equals);
  return variantsOf(checker.root.file.statements).flatMap((variant) => {
    const sweep = sweeps.find((each) => each.name === variant.of);
    if (variant.kind !== 'point' || sweep === undefined) return [];
    const isThere = sweep.fields.some(({ path }, index) => {
      const isNamed = path === point.text || path.split('.').at(-1) === point.text || (sweep.name === point.text && sweep.fields.length === 1); // prettier-ignore
      const item = variant.items[index];
      return isNamed && item?.kind === 'assignment' && valueText(item.value) === wanted;
    });
    return isThere ? [variant.label] : [];
  });
}
