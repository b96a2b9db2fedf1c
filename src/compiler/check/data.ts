import { nearestName } from '../common/suggest.ts';
import type { ColumnSource, DataOrigin, DatasetSpec, DataStep, Predicate } from '../program/program.ts';
import type { Span } from '../source/span.ts';
import type { Argument, Call, DataStatement, Expression, Qualified } from '../syntax/ast.ts';
import { dataSteps } from '../types/catalogue/data-steps.ts';
import { sources as catalogueSources } from '../types/catalogue/sources.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { keyText } from './fields.ts';
import { printFormula } from './print-formula.ts';
import { addends } from './vocabularies.ts';
import { filePath } from '../resolve/file-path.ts';

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
const steps: readonly string[] = Object.keys(dataSteps);

/** The data sets of an experiment, in the order of the file; they may be declared in any. */
export interface DataSets {
  readonly specs: readonly DatasetSpec[];
  /** Sets that a fault leaves without some of their columns: what reads those is not blamed. */
  readonly incomplete: ReadonlySet<string>;
}

/** Every data set that the experiment declares, with `like` and pipelines resolved. */
export function checkData(checker: Checker): DataSets {
  const room = new DataRoom(checker);
  const statements = checker.root.file.statements.filter((statement) => statement.kind === 'data');
  const names = statements.flatMap((statement) => statement.names.map((name) => name.text));
  for (const statement of statements) room.read(statement);
  const specs = [...new Set(names)].flatMap((name) => room.specs.get(name) ?? []);
  checkVocabularySources(checker, room);
  return { specs, incomplete: room.incomplete };
}

/** Reads declarations when they are first asked for, so that their order does not matter and a circle is seen as one. */
class DataRoom {
  readonly checker: Checker;
  readonly specs = new Map<string, DatasetSpec>();
  readonly incomplete = new Set<string>();
  readonly #open: DataStatement[] = [];
  readonly #done = new Set<DataStatement>();

  constructor(checker: Checker) {
    this.checker = checker;
  }

  read(statement: DataStatement): void {
    if (this.#done.has(statement)) return;
    this.#open.push(statement);
    for (const spec of datasets(this, statement)) this.specs.set(spec.name, spec);
    this.#open.pop();
    this.#done.add(statement);
  }

  /** The data set of a name; undefined where there is none or it is malformed, which is reported once. */
  get(name: string, span: Span): DatasetSpec | undefined {
    const { checker } = this;
    const statement = checker.root.declarations.find(name, 'data')?.statement;
    if (statement?.kind !== 'data') return unknownData(checker, name, span);
    if (this.#open.includes(statement)) {
      const circle = this.#open.slice(this.#open.indexOf(statement)).map((each) => each.names[0]?.text ?? '');
      return checker.report.error('CX2008', span, `the data set \`${name}\` is made of itself`, {
        found: [...circle, circle[0]].join(' → '),
        help: 'one of these sets has to be read from somewhere',
      });
    }
    this.read(statement);
    return this.specs.get(name);
  }
}

function datasets(room: DataRoom, statement: DataStatement): DatasetSpec[] {
  const { checker } = room;
  const { columns, whole } = columnMap(room, statement);
  const origins = originsOf(room, statement);
  const withs = dataWiths(checker, statement);
  const parsed = statement.steps.flatMap((step) => {
    const made = stepOf(room, step);
    return made === undefined ? [] : [{ made, span: step.span }];
  });
  if (columns === undefined || origins === undefined) return [];
  const marks = parsed.flatMap(({ made }) => ('mark' in made ? [made.mark] : []));
  const pipeline = parsed.flatMap(({ made }) => ('mark' in made ? [] : [made]));
  if (origins.origins.length !== statement.names.length) {
    const [, second] = statement.names;
    return checker.report.error('CX5001', second?.span, `this is one data set, and ${statement.names.length} are named`, {
      help: 'parts of one are made by `split`: `data a, b = split(d, 80 % / 20 %)`',
    }) ?? []; // prettier-ignore
  }
  return statement.names.flatMap((name, position) => {
    const origin = origins.origins[position];
    if (origin === undefined) return [];
    const inherited = origin.kind === 'same' || origin.kind === 'split' ? room.specs.get(origin.data) : undefined;
    const kept = marks.at(-1) ?? inherited?.mark;
    const replaced = [...(inherited?.withs ?? []), ...withs];
    const spec: DatasetSpec = {
      name: name.text,
      source: origin,
      columns: { ...inherited?.columns, ...columns },
      steps: pipeline,
      onBad: origins.onBad,
      ...(kept === undefined ? {} : { mark: kept }),
      ...(replaced.length === 0 ? {} : { withs: replaced }),
    };
    const sources = [...(inherited === undefined ? [] : [inherited.name]), ...(origin.kind === 'mix' ? origin.parts.map((part) => part.data) : [])]; // prettier-ignore
    const complete = whole && sources.every((source) => !room.incomplete.has(source));
    if (!complete) room.incomplete.add(name.text);
    else for (const { made, span } of parsed) if (!('mark' in made)) stepColumns(room, spec, made, span);
    return [spec];
  });
}

/** The columns that a step reads, the set has. */
function stepColumns(room: DataRoom, spec: DatasetSpec, step: DataStep, span: Span): void {
  const read = step.kind === 'filter' ? columnsOfPredicate(step.condition) : step.kind === 'few-shot' ? [step.per] : [];
  const present = columnsOf(spec.name, new Map([...room.specs, [spec.name, spec]]));
  for (const column of read) missingColumn(room.checker, spec.name, column, present, span);
}

export function missingColumn(
  checker: Checker,
  data: string,
  column: string,
  present: ReadonlySet<string>,
  span: Span,
): void {
  if (present.has(column)) return;
  const suggestion = nearestName(column, present);
  checker.report.error('CX5011', span, `\`${data}\` has no column \`${column}\``, {
    found: [...present].join(', ') || 'no columns',
    ...(suggestion === undefined
      ? { help: `declare \`input ${column} : …\` and add it to the column map: \`${column}: "…"\`` }
      : { suggestion }),
  });
}

const columnsOfPredicate = (predicate: Predicate): string[] => {
  switch (predicate.kind) {
    case 'compare':
    case 'in':
      return [predicate.column];
    case 'not':
      return columnsOfPredicate(predicate.part);
    case 'and':
    case 'or':
      return predicate.parts.flatMap(columnsOfPredicate);
  }
};

/** `vocabulary class from all.name`: the set is there and has the column. */
function checkVocabularySources(checker: Checker, room: DataRoom): void {
  for (const statement of checker.root.file.statements) {
    if (statement.kind !== 'vocabulary' || statement.form !== 'from') continue;
    for (const source of statement.value === undefined ? [] : addends(statement.value)) {
      if (source.kind !== 'member' || source.object.kind !== 'reference') continue;
      const spec = room.get(source.object.name, source.object.span);
      if (spec === undefined || room.incomplete.has(spec.name)) continue;
      missingColumn(checker, spec.name, source.member.text, columnsOf(spec.name, room.specs), source.member.span);
    }
  }
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

/** `whole`: no fault left a column out. */
function columnMap(
  room: DataRoom,
  statement: DataStatement,
): { columns: Record<string, ColumnSource> | undefined; whole: boolean } {
  const { checker } = room;
  let whole = true;
  let columns: Record<string, ColumnSource> = {};
  for (const part of statement.shape) {
    if (part.kind === 'like') {
      const other = room.get(part.name.text, part.name.span);
      if (other === undefined) return { columns: undefined, whole: false };
      if (room.incomplete.has(other.name)) whole = false;
      columns = { ...columns, ...other.columns };
      continue;
    }
    const seen = new Map<string, Span>();
    for (const field of part.fields) {
      const name = keyText(field);
      const source = columnSource(checker, field.value, name);
      const twin = seen.get(name);
      if (twin !== undefined) {
        checker.report.error('CX2002', field.key.span, `the column \`${name}\` is given twice`, {
          related: [{ span: twin, label: 'first here' }],
        });
      }
      seen.set(name, field.key.span);
      if (source === undefined) {
        whole = false;
        continue;
      }
      const input = checker.root.declarations.find(name, 'value');
      if (input?.kind !== 'input') {
        const inputs = checker.root.declarations.all
          .filter((each) => each.kind === 'input')
          .map((each) => each.name.text);
        const suggestion = nearestName(name, inputs);
        checker.report.error('CX2001', field.key.span, `there is no input \`${name}\` for this column`, {
          expected: inputs.join(', '),
          ...(suggestion === undefined ? { help: `declare it: \`input ${name} : …\`` } : { suggestion }),
        });
        whole = false;
        continue;
      }
      columns[name] = source;
    }
  }
  return { columns, whole };
}

function columnSource(checker: Checker, value: Expression, name: string): ColumnSource | undefined {
  if (value.kind === 'string')
    return value.value.startsWith('=')
      ? { kind: 'template', text: value.value.slice(1) }
      : { kind: 'path', path: value.value };
  const argument =
    value.kind === 'call' && value.callee.kind === 'reference' && value.callee.name === 'draw'
      ? value.args[0]?.value
      : undefined;
  if (argument?.kind === 'string') return { kind: 'draw', path: argument.value };
  if (value.kind === 'unfold') return { kind: 'unfold', path: value.source.value };
  if (value.kind === 'qualified' && value.tail === 'unknown' && value.value.kind === 'string')
    return unknownIn(checker, value, value.value.value, name);
  return checker.report.error('CX5001', value.span, 'a column comes from a path into the sample', {
    expected:
      '`"json.label"`, `"webp"`, `"=a photo of {json.label}"`, `draw("json.captions")`, `unfold "json.captions"` or `"json.label" unknown 255`',
  });
}

/** `"mask.png" unknown 255`: of columns of numbers, which are masked where they hold that one. */
function unknownIn(checker: Checker, value: Qualified, path: string, name: string): ColumnSource | undefined {
  const { argument, span } = value;
  const column = checker.columns.get(name)?.column;
  const kinds = ['scalar', 'vector', 'class', 'map', 'mask'];
  if (column !== undefined && !kinds.includes(column.kind)) {
    return checker.report.error('CX5001', span, `no number of \`${name}\` is unknown: it is a \`${column.kind}\` column`, {
      expected: `a column of type ${kinds.join(', ')}`,
      ...(column.kind === 'labels' ? { help: 'a label of −1 is unknown already' } : {}),
    }); // prettier-ignore
  }
  if (argument.kind !== 'quantity' || argument.unit !== undefined)
    return checker.report.error('CX5001', argument.span, 'what is unknown is a number as it stands in the file', {
      expected: '`"mask.png" unknown 255`',
    });
  return { kind: 'path', path, unknown: argument.value };
}

/** `data reversed = twins with video = reverse(video, over: frame)`: what reads the set reads that in the column's place. */
function dataWiths(checker: Checker, statement: DataStatement): readonly string[] {
  return statement.withs.flatMap(({ path, replacement }) => {
    const name = path.head.text;
    const found = checker.root.declarations.find(name, 'value') ?? checker.root.declarations.find(name, 'axis');
    if (path.steps.length === 0 && (found?.kind === 'input' || found?.kind === 'vocabulary'))
      return [`${name} = ${printFormula(replacement)}`];
    if (checker.isRemoved(name, path.span)) return [];
    const inputs = checker.root.declarations.all.filter(({ kind }) => kind === 'input').map((each) => each.name.text);
    const suggestion = nearestName(name, inputs);
    return checker.report.error('CX2001', path.span, `\`with\` on a data set takes the place of an input, and \`${name}\` is none`, {
      expected: inputs.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    }) ?? []; // prettier-ignore
  });
}

function originsOf(
  room: DataRoom,
  statement: DataStatement,
): { origins: DataOrigin[]; onBad: 'error' | 'skip' } | undefined {
  const { checker } = room;
  const { source } = statement;
  const named = { onBad: 'error' } as const;
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
    const labels = source.args.find(({ label }) => kind === 'idx' && label?.text === 'labels')?.value;
    if (labels !== undefined && labels.kind !== 'string')
      return checker.report.error('CX5001', labels.span, 'the labels are a file', {
        expected: '`labels: "data/t10k-labels-idx1-ubyte.gz"`',
      });
    const policy = optionWord(checker, source, 'on_bad', ['error', 'skip'], kind === 'idx' ? ['labels'] : []);
    if (policy === undefined) return undefined;
    const onBad = policy === 'skip' ? 'skip' : 'error';
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
  return { origins, onBad: 'error' };
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
  const [count, at] = [wholeNumber(checker, countArgument), held === undefined ? 0 : wholeNumber(checker, held)];
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
  return { origins: [{ ...part, outside: true }, part], onBad: 'error' };
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

function stepOf(room: DataRoom, step: Expression): DataStep | { mark: string } | undefined {
  const { checker } = room;
  const name = step.kind === 'call' && step.callee.kind === 'reference' ? step.callee.name : undefined;
  if (step.kind !== 'call' || name === undefined || !steps.includes(name)) {
    const suggestion = name === undefined ? undefined : nearestName(name, steps);
    const place = step.kind === 'call' ? step.callee.span : step.span;
    return checker.report.error(
      'CX2012',
      place,
      name === undefined ? 'this is no step of a data pipeline' : `\`${name}\` is no step of a data pipeline`,
      {
        expected: steps.map((each) => `${each}(…)`).join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    );
  }
  const [first, ...rest] = step.args;
  if (first === undefined || first.label !== undefined)
    return checker.report.error('CX3006', step.span, `\`${name}\` needs a value`);
  const odd = rest.find((argument) => name !== 'few_shot' || argument.label?.text !== 'per');
  if (odd !== undefined)
    return checker.report.error('CX2010', odd.label?.span ?? odd.span, `\`${name}\` has no such option`, {
      expected: name === 'few_shot' ? 'per' : 'no options',
    });
  switch (name) {
    case 'filter': {
      const condition = predicate(checker, first.value);
      return condition === undefined ? undefined : { kind: 'filter', condition };
    }
    case 'few_shot': {
      const per = step.args.find((argument) => argument.label?.text === 'per')?.value;
      const count = wholeNumberOf(room, first.value);
      if (count === undefined || per?.kind !== 'reference')
        return checker.report.error('CX3006', step.span, 'few-shot takes a number of samples per value of a column', {
          expected: '`few_shot(4, per: label)`',
        });
      return { kind: 'few-shot', count, per: per.name };
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
      if (first.value.kind !== 'reference')
        return checker.report.error('CX3006', first.span, '`except` names a data set', { expected: '`except(test)`' });
      const data = first.value.name;
      return room.get(data, first.span) === undefined ? undefined : { kind: 'except', data };
    }
    default:
      return markOf(checker, first.value);
  }
}

/** A number known while compiling, as `shots` of `const shots = 4`. */
function wholeNumberOf({ checker }: DataRoom, expression: Expression): number | undefined {
  const typed = checker.tensor(expression, checker.fileScope(checker.root));
  const value = typed === undefined ? undefined : constantOf(typed);
  return value !== undefined && Number.isInteger(value) && value >= 1 ? value : undefined;
}

const marks = ['train', 'val', 'test'];

/** What a set is for. Only `test` changes anything: it selects and trains nothing. */
function markOf(checker: Checker, value: Expression): { mark: string } | undefined {
  const name = value.kind === 'reference' ? value.name : undefined;
  if (name !== undefined && marks.includes(name)) return { mark: name };
  const suggestion = name === undefined ? undefined : nearestName(name, marks);
  return checker.report.error('CX2010', value.span, name === undefined ? 'a mark is a word' : `\`${name}\` is no mark`, {
    expected: marks.join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  }); // prettier-ignore
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
    if (operator === 'in' && column !== undefined && right.kind === 'list') {
      const values = right.items.map(({ value: item }) =>
        item.kind === 'string' || item.kind === 'quantity' ? item.value : undefined,
      );
      if (!values.includes(undefined))
        return { kind: 'in', column, values: values.filter((item) => item !== undefined) };
    }
    const value = right.kind === 'string' || right.kind === 'quantity' ? right.value : undefined;
    if (column !== undefined && value !== undefined && ['==', '!=', '<', '<=', '>', '>='].includes(operator)) {
      return { kind: 'compare', operator: operator as '==' | '!=' | '<' | '<=' | '>' | '>=', column, value };
    }
  }
  return checker.report.error('CX5001', expression.span, 'a filter compares columns with constants', {
    expected: '`style == "noto"` or `style in ["noto", "twemoji"]`, joined by `and`, `or`, `not`',
  });
}

function optionWord(
  checker: Checker,
  call: Call,
  label: string,
  words: readonly [string, ...string[]],
  others: readonly string[] = [],
): string | undefined {
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
  return words.includes(word)
    ? word
    : checker.report.error('CX2010', found.value.span, `\`${label}\` cannot be this`, {
        expected: words.join(' or '),
        ...(nearestName(word, words) === undefined ? {} : { suggestion: nearestName(word, words) ?? '' }),
      });
}

/** Quiet where the name is declared: then its declaration is at fault, which was told. */
export function unknownData(checker: Checker, name: string, span: Span): undefined {
  const { declarations } = checker.root;
  const found = declarations.find(name, 'data');
  if (found?.kind === 'data' || checker.isRemoved(name, span)) return undefined;
  const names = declarations.all.filter((each) => each.kind === 'data').map((each) => each.name.text);
  const suggestion = nearestName(name, names);
  return checker.report.error('CX2001', span, `there is no data set \`${name}\``, {
    ...(suggestion === undefined ? { help: 'declare it: `data name = shards("…") { … }`' } : { suggestion }),
  });
}
