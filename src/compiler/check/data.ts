import type { DatasetSpec, DataStep } from '../program/dataset.ts';
import type { Span } from '../source/span.ts';
import type { DataStatement } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';
import { columnMap, columnsOf, dataWiths, missingColumn } from './data-column-map.ts';
import { originsOf } from './data-origins.ts';
import type { DataRoom } from './data-room.ts';
import { columnsOfPredicate, stepOf } from './data-steps.ts';
import { unknownData } from './unknown-data.ts';
import { addends } from './vocabularies.ts';

/** The data sets of an experiment, in the order of the file; they may be declared in any. */
export interface DataSets {
  readonly specs: readonly DatasetSpec[];
  /** Sets that a fault leaves without some of their columns: what reads those is not blamed. */
  readonly incomplete: ReadonlySet<string>;
}

/** Every data set that the experiment declares, with `like` and pipelines resolved. */
export function checkData(checker: Checker): DataSets {
  const room = new OpenRoom(checker);
  const statements = checker.root.file.statements.filter((statement) => statement.kind === 'data');
  const names = statements.flatMap((statement) => statement.names.map((name) => name.text));
  for (const statement of statements) room.read(statement);
  const specs = [...new Set(names)].flatMap((name) => room.specs.get(name) ?? []);
  checkVocabularySources(checker, room);
  return { specs, incomplete: room.incomplete };
}

/** Reads declarations when they are first asked for, so that their order does not matter and a circle is seen as one. */
class OpenRoom implements DataRoom {
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

function datasets(room: OpenRoom, statement: DataStatement): DatasetSpec[] {
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
