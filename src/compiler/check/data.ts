import { nearestName } from '../common/suggest.ts';
import type { ColumnSource, DataOrigin, DatasetSpec, DataStep, Predicate } from '../program/program.ts';
import type { Argument, Call, DataStatement, Expression } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';
import { keyText } from './fields.ts';

const sources = ['shards', 'folder', 'csv', 'jsonl'] as const;
const laterSources = ['parquet', 'idx', 'features', 'folds'];
const steps = ['filter', 'few_shot', 'sample', 'except', 'mark'];

/** Every data set that the experiment declares, with `like` and pipelines resolved. */
export function checkData(checker: Checker): DatasetSpec[] {
  const specs = new Map<string, DatasetSpec>();
  for (const statement of checker.root.file.statements) {
    if (statement.kind !== 'data') continue;
    for (const spec of datasets(checker, statement, specs)) specs.set(spec.name, spec);
  }
  return [...specs.values()];
}

function datasets(
  checker: Checker,
  statement: DataStatement,
  earlier: ReadonlyMap<string, DatasetSpec>,
): DatasetSpec[] {
  for (const item of statement.withs) checker.notImplemented(item.span, '`with` on a data set');
  const columns = columnMap(checker, statement, earlier);
  const origins = originsOf(checker, statement, earlier);
  const pipeline: DataStep[] = [];
  let mark: string | undefined;
  for (const step of statement.steps) {
    const parsed = stepOf(checker, step, earlier);
    if (parsed === undefined) continue;
    if ('mark' in parsed) mark = parsed.mark;
    else pipeline.push(parsed);
  }
  if (columns === undefined || origins === undefined) return [];
  return statement.names.flatMap((name, position) => {
    const origin = origins.origins[position];
    if (origin === undefined) return [];
    const inherited = origin.kind === 'same' || origin.kind === 'split' ? earlier.get(origin.data) : undefined;
    const kept = mark ?? inherited?.mark;
    return [{
      name: name.text,
      source: origin,
      columns: { ...inherited?.columns, ...columns },
      steps: pipeline,
      onBad: origins.onBad,
      ...(kept === undefined ? {} : { mark: kept }),
    }]; // prettier-ignore
  });
}

/** Columns that every sample of a set has: of a mix, those that all its parts have. */
export function columnsOf(name: string, specs: ReadonlyMap<string, DatasetSpec>): ReadonlySet<string> {
  const spec = specs.get(name);
  if (spec === undefined) return new Set();
  const own = Object.keys(spec.columns);
  if (spec.source.kind !== 'mix') return new Set(own);
  const [first, ...rest] = spec.source.parts.map((part) => columnsOf(part.data, specs));
  return new Set([...own, ...[...(first ?? [])].filter((column) => rest.every((part) => part.has(column)))]);
}

function columnMap(
  checker: Checker,
  statement: DataStatement,
  earlier: ReadonlyMap<string, DatasetSpec>,
): Record<string, ColumnSource> | undefined {
  let columns: Record<string, ColumnSource> = {};
  for (const part of statement.shape) {
    if (part.kind === 'like') {
      const other = earlier.get(part.name.text);
      if (other === undefined) return unknownData(checker, part.name.text, part.name.span, earlier);
      columns = { ...columns, ...other.columns };
      continue;
    }
    for (const field of part.fields) {
      const source = columnSource(checker, field.value);
      const name = keyText(field);
      if (source === undefined) continue;
      const input = checker.root.declarations.find(name, 'value');
      if (input?.kind !== 'input') {
        const inputs = checker.root.declarations.all
          .filter((each) => each.kind === 'input')
          .map((each) => each.name.text);
        const suggestion = nearestName(name, inputs);
        checker.report.error('CX2001', field.key.span, `there is no input \`${name}\` for this column`, {
          expected: inputs.join(', '),
          ...(suggestion === undefined ? {} : { suggestion }),
        });
        continue;
      }
      columns[name] = source;
    }
  }
  return columns;
}

function columnSource(checker: Checker, value: Expression): ColumnSource | undefined {
  if (value.kind === 'string')
    return value.value.startsWith('=')
      ? { kind: 'template', text: value.value.slice(1) }
      : { kind: 'path', path: value.value };
  const argument =
    value.kind === 'call' && value.callee.kind === 'reference' && value.callee.name === 'draw'
      ? value.args[0]?.value
      : undefined;
  if (argument?.kind === 'string') return { kind: 'draw', path: argument.value };
  if (value.kind === 'unfold' || value.kind === 'qualified')
    return checker.notImplemented(value.span, 'this form of a column');
  return checker.report.error('CX5001', value.span, 'a column comes from a path into the sample', {
    expected: '`"json.label"`, `"webp"`, `"=a photo of {json.label}"` or `draw("json.captions")`',
  });
}

function originsOf(
  checker: Checker,
  statement: DataStatement,
  earlier: ReadonlyMap<string, DatasetSpec>,
): { origins: DataOrigin[]; onBad: 'error' | 'skip' } | undefined {
  const { source } = statement;
  const named = { onBad: 'error' } as const;
  if (source.kind === 'reference') {
    if (!earlier.has(source.name)) return unknownData(checker, source.name, source.span, earlier);
    return { origins: [{ kind: 'same', data: source.name }], ...named };
  }
  if (source.kind !== 'call' || source.callee.kind !== 'reference') {
    return checker.report.error('CX5001', source.span, 'a data set is read from somewhere', {
      expected: `${sources.join('(…), ')}(…), mix(…), split(…) or another data set`,
    });
  }
  const { name } = source.callee;
  const kind = sources.find((each) => each === name);
  if (kind !== undefined) {
    const path = source.args.find((argument) => argument.label === undefined)?.value;
    if (path?.kind !== 'string')
      return checker.report.error('CX5001', source.span, `\`${kind}\` needs its path`, {
        expected: `\`${kind}("data/…")\``,
      });
    const policy = optionWord(checker, source, 'on_bad', ['error', 'skip']);
    if (policy === undefined) return undefined;
    return { origins: [{ kind, path: path.value }], onBad: policy === 'skip' ? 'skip' : 'error' };
  }
  if (name === 'mix') {
    const parts = source.args.map((argument) => {
      const data = argument.label?.text ?? '';
      const share =
        argument.value.kind === 'quantity'
          ? argument.value.value * (argument.value.unit?.text === '%' ? 0.01 : 1)
          : undefined;
      if (!earlier.has(data)) return unknownData(checker, data, argument.span, earlier);
      return share === undefined
        ? checker.report.error('CX5006', argument.span, 'a share is a number', { expected: `\`${data}: 0.7\`` })
        : { data, share };
    });
    if (parts.some((part) => part === undefined)) return undefined;
    const total = parts.reduce((sum, part) => sum + (part?.share ?? 0), 0);
    if (Math.abs(total - 1) > 1e-6)
      return checker.report.error('CX5006', source.span, 'the shares of a mix add up to 1', { found: String(total) });
    return { origins: [{ kind: 'mix', parts: parts.filter((part) => part !== undefined) }], ...named };
  }
  if (name === 'split') return splitOf(checker, source, statement, earlier);
  if (laterSources.includes(name)) return checker.notImplemented(source.callee.span, `the data source \`${name}\``);
  const suggestion = nearestName(name, [...sources, 'mix', 'split']);
  return checker.report.error('CX2012', source.callee.span, `there is no data source \`${name}\``, {
    expected: [...sources, 'mix', 'split'].join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** `data a, b = split(d, 80 % / 20 %, by: id)` */
function splitOf(
  checker: Checker,
  call: Call,
  statement: DataStatement,
  earlier: ReadonlyMap<string, DatasetSpec>,
): { origins: DataOrigin[]; onBad: 'error' } | undefined {
  const [dataArgument, sharesArgument] = call.args.filter((argument) => argument.label === undefined);
  const data = dataArgument?.value.kind === 'reference' ? dataArgument.value.name : '';
  if (!earlier.has(data)) return unknownData(checker, data, dataArgument?.span ?? call.span, earlier);
  const shares = sharesArgument === undefined ? [] : sharesOf(sharesArgument.value);
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (shares.length !== statement.names.length || Math.abs(total - 1) > 1e-6) {
    return checker.report.error(
      'CX5006',
      sharesArgument?.span ?? call.span,
      `a split into ${statement.names.length} parts needs as many shares that add up to 100 %`,
      { expected: '`split(d, 80 % / 20 %)`' },
    );
  }
  const byArgument = call.args.find((argument) => argument.label?.text === 'by')?.value;
  const by = byArgument?.kind === 'reference' ? { by: byArgument.name } : {};
  let from = 0;
  const origins = shares.map((share): DataOrigin => {
    const part = { kind: 'split', data, from, to: from + share, ...by } as const;
    from += share;
    return part;
  });
  return { origins, onBad: 'error' };
}

function sharesOf(expression: Expression): number[] {
  if (expression.kind === 'binary' && expression.operator === '/')
    return [...sharesOf(expression.left), ...sharesOf(expression.right)];
  if (expression.kind === 'quantity') return [expression.value * (expression.unit?.text === '%' ? 0.01 : 1)];
  return [Number.NaN];
}

function stepOf(
  checker: Checker,
  step: Expression,
  earlier: ReadonlyMap<string, DatasetSpec>,
): DataStep | { mark: string } | undefined {
  const name = step.kind === 'call' && step.callee.kind === 'reference' ? step.callee.name : undefined;
  if (step.kind !== 'call' || name === undefined || !steps.includes(name)) {
    const suggestion = name === undefined ? undefined : nearestName(name, steps);
    return checker.report.error('CX2012', step.span, 'this is no step of a data pipeline', {
      expected: steps.map((each) => `${each}(…)`).join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const [first] = step.args;
  if (first === undefined) return checker.report.error('CX3006', step.span, `\`${name}\` needs a value`);
  switch (name) {
    case 'filter': {
      const condition = predicate(checker, first.value);
      return condition === undefined ? undefined : { kind: 'filter', condition };
    }
    case 'few_shot': {
      const per = step.args.find((argument) => argument.label?.text === 'per')?.value;
      if (first.value.kind !== 'quantity' || per?.kind !== 'reference')
        return checker.report.error('CX3006', step.span, 'few-shot takes a number of samples per value of a column', {
          expected: '`few_shot(4, per: label)`',
        });
      return { kind: 'few-shot', count: first.value.value, per: per.name };
    }
    case 'sample':
      if (first.value.kind !== 'quantity')
        return checker.report.error('CX3006', step.span, '`sample` takes a number or a share', {
          expected: '`sample(100)` or `sample(10 %)`',
        });
      return first.value.unit?.text === '%'
        ? { kind: 'sample', share: first.value.value / 100 }
        : { kind: 'sample', count: first.value.value };
    case 'except': {
      const data = first.value.kind === 'reference' ? first.value.name : '';
      return earlier.has(data) ? { kind: 'except', data } : unknownData(checker, data, first.span, earlier);
    }
    default:
      return first.value.kind === 'reference'
        ? { mark: first.value.name }
        : checker.report.error('CX3006', step.span, 'a mark is a name', { expected: '`mark(test)`' });
  }
}

function predicate(checker: Checker, expression: Expression): Predicate | undefined {
  if (expression.kind === 'tuple' && expression.items.length === 1 && expression.items[0] !== undefined)
    return predicate(checker, expression.items[0]);
  if (expression.kind === 'unary' && expression.operator === 'not') {
    const part = predicate(checker, expression.operand);
    return part === undefined ? undefined : { kind: 'not', part };
  }
  if (expression.kind === 'binary') {
    const { operator } = expression;
    if (operator === 'and' || operator === 'or') {
      const parts = [predicate(checker, expression.left), predicate(checker, expression.right)].filter(
        (part) => part !== undefined,
      );
      return parts.length === 2 ? { kind: operator, parts } : undefined;
    }
    const column = expression.left.kind === 'reference' ? expression.left.name : undefined;
    const { right } = expression;
    const value = right.kind === 'string' || right.kind === 'quantity' ? right.value : undefined;
    if (column !== undefined && value !== undefined && ['==', '!=', '<', '<=', '>', '>='].includes(operator)) {
      return { kind: 'compare', operator: operator as '==' | '!=' | '<' | '<=' | '>' | '>=', column, value };
    }
  }
  return checker.report.error('CX5001', expression.span, 'a filter compares columns with constants', {
    expected: '`style == "noto"`, joined by `and`, `or`, `not`',
  });
}

function optionWord(
  checker: Checker,
  call: Call,
  label: string,
  words: readonly [string, ...string[]],
): string | undefined {
  let found: Argument | undefined;
  for (const argument of call.args) {
    if (argument.label === undefined) continue;
    if (argument.label.text !== label) {
      return checker.report.error('CX2010', argument.label.span, `there is no option \`${argument.label.text}\` here`, {
        expected: label,
      });
    }
    found = argument;
  }
  if (found === undefined) return words[0];
  const word = found.value.kind === 'reference' ? found.value.name : '';
  return words.includes(word)
    ? word
    : checker.report.error('CX2010', found.span, `\`${label}\` cannot be this`, { expected: words.join(' or ') });
}

export function unknownData(
  checker: Checker,
  name: string,
  span: Expression['span'],
  known: ReadonlyMap<string, unknown>,
): undefined {
  const suggestion = nearestName(name, known.keys());
  return checker.report.error('CX2001', span, `there is no data set \`${name}\``, {
    ...(suggestion === undefined
      ? { help: 'a data set is declared above its use: `data name = shards("…") { … }`' }
      : { suggestion }),
  });
}
