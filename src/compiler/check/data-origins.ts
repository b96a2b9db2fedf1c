import { nearestName } from '../common/suggest.ts';
import type { DataOrigin } from '../program/dataset.ts';
import { filePath } from '../resolve/file-path.ts';
import type { Argument, Call, DataStatement, Expression } from '../syntax/ast.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { sources as catalogueSources } from '../types/catalogue/sources.ts';
import { folds } from '../types/catalogue/sources/folds.ts';
import { onBadWords } from '../types/catalogue/sources/shared.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { columnsOf, missingColumn } from './data-column-map.ts';
import type { DataRoom } from './data-room.ts';

/** Sources that read a path. */
const sources = [
  'shards',
  'folder',
  'csv',
  'jsonl',
  'parquet',
  'idx',
  'features',
] as const satisfies readonly (keyof typeof catalogueSources)[];

export function originsOf(
  room: DataRoom,
  statement: DataStatement,
): { origins: DataOrigin[]; onBad: 'error' | 'skip' } | undefined {
  const { checker } = room;
  const { source } = statement;
  const named = { onBad: onBadWords[0] };
  if (source.kind === 'reference') {
    if (room.get(source.name, source.span) === undefined) return undefined;
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
    const [only, second] = source.args.filter((argument) => argument.label === undefined);
    const path = only?.value;
    if (second !== undefined)
      return checker.report.error('CX3006', second.span, `\`${kind}\` reads one path`, {
        help: 'several files are one pattern (`"data/train-*.tar"`) or several sets that `mix` joins',
      });
    if (path?.kind !== 'string')
      return checker.report.error('CX5001', source.span, `\`${kind}\` needs its path`, {
        expected: `\`${kind}("data/…")\``,
      });
    const options = Object.keys(catalogueSources[kind].options);
    const labels = source.args.find(({ label }) => options.includes('labels') && label?.text === 'labels')?.value;
    if (labels !== undefined && labels.kind !== 'string')
      return checker.report.error('CX5001', labels.span, 'the labels are a file', {
        expected: '`labels: "data/t10k-labels-idx1-ubyte.gz"`',
      });
    const onBad = optionWord(
      checker,
      source,
      'on_bad',
      onBadWords,
      options.filter((each) => each !== 'on_bad'),
    );
    if (onBad === undefined) return undefined;
    if (kind !== 'idx') return { origins: [{ kind, path: filePath(path) }], onBad };
    return {
      origins: [{ kind, path: filePath(path), ...(labels === undefined ? {} : { labels: filePath(labels) }) }],
      onBad,
    };
  }
  if (name === 'mix') {
    const parts = source.args.map((argument) => {
      const data = argument.label?.text ?? '';
      const share =
        argument.value.kind === 'quantity'
          ? argument.value.value * (argument.value.unit?.text === '%' ? 0.01 : 1)
          : undefined;
      if (argument.label === undefined)
        return checker.report.error('CX5001', argument.span, 'each part of a mix has its share', {
          expected: '`mix(a: 70 %, b: 30 %)`',
        });
      if (room.get(data, argument.label.span) === undefined) return undefined;
      return share === undefined
        ? checker.report.error('CX5006', argument.span, 'a share is a number', { expected: `\`${data}: 0.7\`` })
        : { data, share };
    });
    if (parts.some((part) => part === undefined)) return undefined;
    const total = parts.reduce((sum, part) => sum + (part?.share ?? 0), 0);
    if (Math.abs(total - 1) > 1e-6)
      return checker.report.error('CX5006', source.span, 'the shares of a mix add up to 1', {
        found: `${Number((100 * total).toPrecision(6))} %`,
      });
    return { origins: [{ kind: 'mix', parts: parts.filter((part) => part !== undefined) }], ...named };
  }
  if (name === 'split') return splitOf(room, source, statement);
  if (name === 'folds') return foldsOf(room, source, statement);
  const suggestion = nearestName(name, Object.keys(catalogueSources));
  return checker.report.error('CX2012', source.callee.span, `there is no data source \`${name}\``, {
    expected: Object.keys(catalogueSources).join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** `data a, b = split(d, 80 % / 20 %, by: id)` */
function splitOf(
  room: DataRoom,
  call: Call,
  statement: DataStatement,
): { origins: DataOrigin[]; onBad: 'error' } | undefined {
  const { checker } = room;
  const [dataArgument, sharesArgument, more] = call.args.filter((argument) => argument.label === undefined);
  const odd = more ?? call.args.find((argument) => argument.label !== undefined && argument.label.text !== 'by');
  if (odd !== undefined)
    return checker.report.error('CX2010', odd.label?.span ?? odd.span, 'a split takes a data set, shares and `by:`', {
      expected: '`split(d, 80 % / 20 %, by: id)`',
    });
  if (dataArgument?.value.kind !== 'reference')
    return checker.report.error('CX5001', call.span, 'a split names the data set that it parts', {
      expected: '`split(d, 80 % / 20 %, by: id)`',
    });
  const data = dataArgument.value.name;
  const spec = room.get(data, dataArgument.span);
  if (spec === undefined) return undefined;
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
  if (byArgument !== undefined && byArgument.kind !== 'reference')
    return checker.report.error('CX5001', byArgument.span, 'a split goes by a column', { expected: '`by: id`' });
  const by = byArgument === undefined ? {} : { by: byArgument.name };
  if (byArgument !== undefined && !room.incomplete.has(data))
    missingColumn(checker, data, byArgument.name, columnsOf(data, room.specs), byArgument.span);
  let from = 0;
  const origins = shares.map((share): DataOrigin => {
    const part = { kind: 'split', data, from, to: from + share, ...by } as const;
    from += share;
    return part;
  });
  return { origins, onBad: onBadWords[0] };
}

/**
 * `data rest, fold = folds(d, 5, held: k, by: id)`: the k-th of five equal parts, counted from 0, and all others. A `sweep` over `k` is a
 * cross-validation.
 */
function foldsOf(
  room: DataRoom,
  call: Call,
  statement: DataStatement,
): { origins: DataOrigin[]; onBad: 'error' } | undefined {
  const { checker } = room;
  const expected = '`data rest, fold = folds(d, 5, held: 0, by: id)`';
  const [dataArgument, countArgument, more] = call.args.filter((argument) => argument.label === undefined);
  const odd =
    more ?? call.args.find(({ label }) => label !== undefined && label.text !== 'by' && label.text !== 'held');
  if (odd !== undefined)
    return checker.report.error('CX2010', odd.label?.span ?? odd.span, 'folds take a data set, how many, `held:` and `by:`', { expected }); // prettier-ignore
  if (dataArgument?.value.kind !== 'reference' || countArgument === undefined)
    return checker.report.error('CX5001', call.span, 'folds name the data set that they part, and how many they are', { expected }); // prettier-ignore
  const [, , third] = statement.names;
  if (statement.names.length !== 2)
    return checker.report.error('CX5001', third?.span ?? statement.span, `folds are two data sets, the rest and the fold that is held out, and ${statement.names.length} ${statement.names.length === 1 ? 'is' : 'are'} named`, { expected }); // prettier-ignore
  const data = dataArgument.value.name;
  if (room.get(data, dataArgument.span) === undefined) return undefined;
  const held = call.args.find(({ label }) => label?.text === 'held');
  const [count, at] = [
    wholeNumber(checker, countArgument),
    held === undefined ? defaultOf(folds, 'held') : wholeNumber(checker, held),
  ];
  if (count === undefined || at === undefined) return undefined;
  if (count < 2 || at < 0 || at >= count)
    return checker.report.error('CX5006', (count < 2 ? countArgument : (held ?? call)).span, count < 2 ? 'there are at least two folds' : `the folds are counted from 0 to ${count - 1}`, { found: String(count < 2 ? count : at) }); // prettier-ignore
  const byArgument = call.args.find(({ label }) => label?.text === 'by')?.value;
  if (byArgument !== undefined && byArgument.kind !== 'reference')
    return checker.report.error('CX5001', byArgument.span, 'folds go by a column', { expected: '`by: id`' });
  if (byArgument !== undefined && !room.incomplete.has(data))
    missingColumn(checker, data, byArgument.name, columnsOf(data, room.specs), byArgument.span);
  const by = byArgument === undefined ? {} : { by: byArgument.name };
  const part = { kind: 'split', data, from: at / count, to: (at + 1) / count, ...by } as const;
  return { origins: [{ ...part, outside: true }, part], onBad: onBadWords[0] };
}

function wholeNumber(checker: Checker, { value, span }: Argument): number | undefined {
  const typed = checker.tensor(value, checker.fileScope(checker.root));
  const number = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined || (number !== undefined && Number.isInteger(number))) return number;
  return checker.report.error('CX5006', span, 'this is a whole number that is known while compiling', number === undefined ? {} : { found: String(number) }); // prettier-ignore
}

function sharesOf(expression: Expression): number[] {
  if (expression.kind === 'binary' && expression.operator === '/')
    return [...sharesOf(expression.left), ...sharesOf(expression.right)];
  if (expression.kind === 'quantity') return [expression.value * (expression.unit?.text === '%' ? 0.01 : 1)];
  return [Number.NaN];
}

function optionWord<Word extends string>(
  checker: Checker,
  call: Call,
  label: string,
  words: readonly [Word, ...Word[]],
  others: readonly string[] = [],
): Word | undefined {
  let found: Argument | undefined;
  for (const argument of call.args) {
    if (argument.label === undefined || others.includes(argument.label.text)) continue;
    if (argument.label.text !== label) {
      return checker.report.error('CX2010', argument.label.span, `there is no option \`${argument.label.text}\` here`, {
        expected: [label, ...others].join(', '),
        ...(nearestName(argument.label.text, [label]) === undefined ? {} : { suggestion: label }),
      });
    }
    found = argument;
  }
  if (found === undefined) return words[0];
  const word = found.value.kind === 'reference' ? found.value.name : '';
  const known = words.find((each) => each === word);
  return known !== undefined
    ? known
    : checker.report.error('CX2010', found.value.span, `\`${label}\` cannot be this`, {
        expected: words.join(' or '),
        ...(nearestName(word, words) === undefined ? {} : { suggestion: nearestName(word, words) ?? '' }),
      });
}
