import type { Declaration } from '../resolve/declarations.ts';
import type { Module } from '../resolve/modules.ts';
import type { AxisStatement, Expression, VocabularyStatement } from '../syntax/ast.ts';
import { known, type Axis, type AxisKind } from '../types/axis.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';

/** The axis that an `axis` or a `vocabulary` declares. */
export function vocabularyAxis(checker: Checker, declaration: Declaration, module: Module): Axis | undefined {
  const { statement } = declaration;
  if (statement.kind === 'vocabulary') return vocabulary(checker, statement);
  if (statement.kind === 'axis') return axis(checker, statement, module);
  return undefined;
}

function axis(checker: Checker, statement: AxisStatement, module: Module): Axis | undefined {
  const kind = statement.axisKind?.text ?? 'feature';
  if (kind !== 'item' && kind !== 'position' && kind !== 'feature') {
    return checker.report.error(
      'CX2012',
      statement.axisKind?.span ?? statement.span,
      `\`${kind}\` is no kind of axis`,
      { expected: 'item, position or feature' },
    );
  }
  if (statement.value === undefined) return checker.notImplemented(statement.span, 'an axis without a size');
  if (statement.value.kind === 'list')
    return checker.notImplemented(statement.value.span, 'an axis with named entries');
  const typed = checker.tensor(
    checker.overrides.get(statement.name.text) ?? statement.value,
    checker.fileScope(module),
  );
  const size = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined) return undefined;
  if (size === undefined || !Number.isInteger(size) || size < 1) {
    return checker.report.error('CX5006', statement.value.span, 'the size of an axis is a whole number of at least 1');
  }
  const axisKind: AxisKind = kind;
  return { id: statement.name.text, name: statement.name.text, kind: axisKind, size: known(size) };
}

function vocabulary(checker: Checker, statement: VocabularyStatement): Axis | undefined {
  const name = statement.name.text;
  const entries: string[] = [];
  const groups: Record<string, number[]> = {};
  const add = (list: Expression, group: string | undefined): boolean => {
    if (list.kind !== 'list') {
      checker.notImplemented(list.span, 'this way to give the words of a vocabulary');
      return false;
    }
    for (const item of list.items) {
      if (item.value.kind !== 'string') {
        checker.report.error('CX5002', item.span, 'the entries of a vocabulary are strings');
        return false;
      }
      const word = item.value.value;
      if (entries.includes(word)) {
        checker.report.error('CX5008', item.span, `"${word}" is in the vocabulary twice`);
        return false;
      }
      if (group !== undefined) (groups[group] ??= []).push(entries.length);
      entries.push(word);
    }
    return true;
  };
  if (statement.form === 'from') {
    const source = statement.value;
    if (source?.kind !== 'member' || source.object.kind !== 'reference')
      return checker.notImplemented(statement.span, 'this source of a vocabulary');
    checker.vocabularies.set(name, {
      name,
      entries: [],
      groups: {},
      from: { data: source.object.name, column: source.member.text },
    });
    return { id: name, name, kind: 'item', size: { kind: 'vocabulary', name } };
  }
  if (statement.form === 'equals' && statement.value !== undefined && !add(statement.value, undefined))
    return undefined;
  for (const field of statement.map?.fields ?? []) {
    const group = field.key.kind === 'dotted-key' ? field.key.parts.map((part) => part.text).join('.') : undefined;
    if (group === undefined || !add(field.value, group)) return undefined;
  }
  if (entries.length === 0)
    return checker.report.error('CX5002', statement.span, `the vocabulary \`${name}\` has no entries`);
  checker.vocabularies.set(name, { name, entries, groups });
  return { id: name, name, kind: 'item', size: known(entries.length) };
}
