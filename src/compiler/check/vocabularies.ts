import { nearestName } from '../common/suggest.ts';
import type { Vocabulary, VocabularyOrigin } from '../program/vocabulary.ts';
import type { Module } from '../resolve/modules.ts';
import type { Expression, Field, VocabularyStatement } from '../syntax/ast.ts';
import { known, type Axis } from '../types/axis.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { keyText } from './fields.ts';
import { filePath } from '../resolve/file-path.ts';
import { narrows } from './narrowed-vocabularies.ts';

/** The item axis of the words that a `vocabulary` declares. */
export function vocabularyAxis(checker: Checker, statement: VocabularyStatement, module: Module): Axis | undefined {
  const name = statement.name.text;
  const made = statement.form === 'from' ? readElsewhere(checker, statement, module) : written(checker, statement);
  if (made === undefined) return undefined;
  checker.vocabularies.set(name, { name, ...made });
  const size =
    made.from === undefined && !narrows(checker, name)
      ? known(made.entries.length)
      : ({ kind: 'vocabulary', name } as const);
  return { id: name, name, kind: 'item', size };
}

type Words = Omit<Vocabulary, 'name'>;

/** `= ["a", "b"]`, or a map of groups `{ expression: ["happy", …] }`, or of entries with columns `{ "close": { metres: 1.5 } }`. */
function written(checker: Checker, statement: VocabularyStatement): Words | undefined {
  const entries: string[] = [];
  const groups: Record<string, number[]> = {};
  const columns: Record<string, (number | string)[]> = {};
  if (statement.form === 'equals' && statement.value !== undefined && !addWords(checker, statement.value, entries))
    return undefined;
  for (const field of statement.map?.fields ?? []) {
    if (field.key.kind === 'string-key') {
      if (!addEntry(checker, field, field.key.value, entries, columns)) return undefined;
      continue;
    }
    const group = groupName(checker, field);
    if (group === undefined) return undefined;
    if (statement.form === 'equals') {
      // `= [ … ] { base: first 50 %  new: rest }` divides words that are there
      continue;
    }
    const start = entries.length;
    if (!addWords(checker, field.value, entries)) return undefined;
    groups[group] = Array.from({ length: entries.length - start }, (_, index) => start + index);
  }
  if (entries.length === 0)
    return checker.report.error('CX5002', statement.span, `the vocabulary \`${statement.name.text}\` has no entries`);
  const shares = statement.form === 'equals' ? sharesOf(checker, statement.map?.fields ?? []) : undefined;
  if (shares === 'fault') return undefined;
  return {
    entries,
    groups,
    ...(shares === undefined ? {} : { shares }),
    ...(Object.keys(columns).length === 0 ? {} : { columns }),
  };
}

function addWords(checker: Checker, list: Expression, entries: string[]): boolean {
  if (list.kind !== 'list') {
    checker.report.error('CX5002', list.span, 'the words of a vocabulary are a list', {
      expected: '`["happy", "sad"]`',
    });
    return false;
  }
  for (const item of list.items) {
    if (item.value.kind !== 'string') {
      checker.report.error('CX5002', item.span, 'the entries of a vocabulary are strings');
      return false;
    }
    if (!addWord(checker, item.value.value, item, entries)) return false;
  }
  return true;
}

function addWord(
  checker: Checker,
  word: string,
  place: { readonly span: Expression['span'] },
  entries: string[],
): boolean {
  if (entries.includes(word)) {
    checker.report.error('CX5008', place.span, `"${word}" is in the vocabulary twice`);
    return false;
  }
  entries.push(word);
  return true;
}

/** `"close": { metres: 1.5 }`: an entry with further columns, the same for every entry. */
function addEntry(
  checker: Checker,
  field: Field,
  word: string,
  entries: string[],
  columns: Record<string, (number | string)[]>,
): boolean {
  if (!addWord(checker, word, field, entries)) return false;
  if (field.value.kind !== 'map') {
    checker.report.error('CX5002', field.value.span, `"${word}" is followed by its further columns`, {
      expected: `\`"${word}": { metres: 1.5 }\``,
    });
    return false;
  }
  const given = new Set<string>();
  for (const column of field.value.fields) {
    const name = groupName(checker, column);
    const value = name === undefined ? undefined : columnEntry(checker, column.value);
    if (name === undefined || value === undefined) return false;
    if (entries.length > 1 && columns[name] === undefined) {
      const suggestion = nearestName(name, Object.keys(columns));
      checker.report.error('CX2010', column.key.span, `the entries before "${word}" have no column \`${name}\``, {
        expected: Object.keys(columns).join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      return false;
    }
    (columns[name] ??= []).push(value);
    given.add(name);
  }
  const missing = Object.keys(columns).filter((name) => !given.has(name));
  if (missing.length === 0) return true;
  checker.report.error('CX5002', field.span, `"${word}" lacks the column \`${missing.join('`, `')}\``, {
    help: 'every entry has the same columns',
  });
  return false;
}

function columnEntry(checker: Checker, expression: Expression): number | string | undefined {
  if (expression.kind === 'string') return expression.value;
  const typed = checker.tensor(expression, checker.fileScope(checker.root));
  const value = typed === undefined ? undefined : constantOf(typed);
  if (typed !== undefined && value === undefined)
    checker.report.error('CX3011', expression.span, 'a column of a vocabulary holds numbers or words known while compiling'); // prettier-ignore
  return value;
}

/** A single word as the key of a field. */
function groupName(checker: Checker, field: Field): string | undefined {
  if (field.key.kind === 'dotted-key' && field.key.parts.length === 1) return field.key.parts[0]?.text;
  return checker.report.error('CX5002', field.key.span, 'this is no name of a group or column', {
    expected: 'one word, as in `{ wearable: ["glasses", "a hat"] }`',
  });
}

// ── words from elsewhere ─────────────────────────────────────────────

function readElsewhere(checker: Checker, statement: VocabularyStatement, module: Module): Words | undefined {
  const { value } = statement;
  if (value === undefined) return undefined;
  if (value.kind === 'range') return numbered(checker, value, module);
  const from = originOf(checker, value, statement);
  const fields = (statement.map?.fields ?? []).filter((field) => !isOption(from, field));
  const shares = from === undefined ? undefined : sharesOf(checker, fields);
  if (from === undefined || shares === 'fault') return undefined;
  return { entries: [], groups: {}, from, ...(shares === undefined ? {} : { shares }) };
}

/** `from -60..60`: the numbers as words, and as the column `value`. */
function numbered(checker: Checker, range: Extract<Expression, { kind: 'range' }>, module: Module): Words | undefined {
  const bounds = [range.from, range.to, range.by].map((bound) => {
    const typed = bound === undefined ? undefined : checker.tensor(bound, checker.fileScope(module));
    return typed === undefined ? undefined : constantOf(typed);
  });
  const [from, to, by = 1] = bounds;
  if (from === undefined || to === undefined || by <= 0 || to < from || (to - from) / by > 100_000) {
    return checker.report.error('CX5002', range.span, 'a vocabulary of numbers goes from one number up to another', {
      expected: '`from -60..60`, or `from 0..90 by 5`',
    });
  }
  const values = Array.from({ length: Math.floor((to - from) / by + 1e-9) + 1 }, (_, index) => from + index * by);
  return {
    entries: values.map((each) => String(Number(each.toPrecision(12)))),
    groups: {},
    columns: { value: values },
  };
}

function originOf(checker: Checker, value: Expression, statement: VocabularyStatement): VocabularyOrigin | undefined {
  const fields = statement.map?.fields ?? [];
  if (value.kind === 'string') return { kind: 'lines', path: filePath(value) };
  if (value.kind === 'call' && value.callee.kind === 'reference' && value.callee.name === 'csv') {
    const path = value.args[0]?.value;
    const names = fields.flatMap((field): [string, string][] =>
      field.value.kind === 'string' && field.key.kind === 'dotted-key'
        ? [[field.key.parts.map((part) => part.text).join('.'), field.value.value]]
        : [],
    );
    const { word, ...columns } = Object.fromEntries(names);
    if (path?.kind === 'string' && value.args.length === 1 && word !== undefined)
      return { kind: 'csv', path: filePath(path), word, columns };
    return checker.report.error('CX5002', value.span, 'which column of the table holds the words?', {
      expected: '`from csv("classes.csv") { word: "phrase", tag: "tag" }`',
    });
  }
  const columns = addends(value).map((part) =>
    part.kind === 'member' && part.object.kind === 'reference'
      ? { data: part.object.name, column: part.member.text }
      : undefined,
  );
  if (columns.length === 0 || columns.some((column) => column === undefined)) {
    return checker.report.error('CX5002', value.span, 'words do not come from this', {
      expected:
        '`from d.label`, `from a.label + b.label`, `from csv("…") { word: "…" }`, `from "words.txt"` or `from -60..60`',
    });
  }
  const top = fields.find((field) => keyText(field) === 'top')?.value;
  const typed = top === undefined ? undefined : checker.tensor(top, checker.fileScope(checker.root));
  const count = typed === undefined ? undefined : constantOf(typed);
  if (top !== undefined && (count === undefined || !Number.isInteger(count) || count < 1))
    return checker.report.error('CX5006', top.span, '`top` is how many of the most frequent words are kept');
  return {
    kind: 'columns',
    columns: columns.filter((column) => column !== undefined),
    ...(count === undefined ? {} : { top: count }),
  };
}

/** Fields that say how words are read, not which group they are in. */
function isOption(from: VocabularyOrigin | undefined, field: Field): boolean {
  if (from?.kind === 'columns') return keyText(field) === 'top';
  return from?.kind === 'csv' && field.value.kind === 'string';
}

/** The parts of `a + b + c`, in order. */
export function addends(expression: Expression): Expression[] {
  return expression.kind === 'binary' && expression.operator === '+'
    ? [...addends(expression.left), ...addends(expression.right)]
    : [expression];
}

/** `{ base: first 50 %  new: rest }`: parts of the words in their order. */
function sharesOf(checker: Checker, fields: readonly Field[]): Vocabulary['shares'] | 'fault' | undefined {
  if (fields.length === 0) return undefined;
  const shares: Record<string, { from: number; to: number }> = {};
  let start = 0;
  for (const field of fields) {
    const name = groupName(checker, field);
    if (name === undefined) return 'fault';
    const { value } = field;
    const isRest = value.kind === 'reference' && value.name === 'rest';
    const share = value.kind === 'first-part' && value.amount.unit?.text === '%' ? value.amount.value / 100 : undefined;
    if (share === undefined && !isRest) {
      checker.report.error('CX5002', value.span, `which words are in \`${name}\`?`, {
        expected: '`first 50 %` or `rest`',
      });
      return 'fault';
    }
    const to = isRest ? 1 : start + (share ?? 0);
    if (to > 1 + 1e-9 || to <= start) {
      checker.report.error('CX5002', value.span, `nothing is left for \`${name}\``, {
        help: 'the parts of a vocabulary are at most all of it',
      });
      return 'fault';
    }
    shares[name] = { from: start, to };
    start = to;
  }
  return shares;
}
