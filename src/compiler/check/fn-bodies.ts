import { children, type Node } from '../syntax/visit.ts';
import type { Expression, FnStatement } from '../syntax/ast.ts';
import { builtinNames } from './builtins.ts';
import type { Checker } from './checker.ts';
import { unknownName } from './named-value.ts';
import { Scope } from './scope.ts';

/** Labels whose values are names of axes, which a call may bring along with its values. */
const axisLabels: ReadonlySet<string> = new Set(['over', 'along', 'by', 'as', 'for', 'like']);
/** Labels of builtins whose values are words of their own: `pad: end`, `window: hann`, `method: nearest`. */
const wordLabels: ReadonlySet<string> = new Set(['pad', 'window', 'method', 'corners']);
const switches: ReadonlySet<string> = new Set(['on', 'off', 'true', 'false']);
/** Functions whose positional arguments are, or may be, axes. */
const axisTakers: ReadonlySet<string> = new Set(['index', 'size', 'upper', 'uniform', 'gaussian', 'one_hot']);

/**
 * A fn is generic, so its body is typed where it is called. Its names are decidable without a call: one that is neither a parameter, nor
 * an equation before, nor declared, imported or built in is unknown in every call.
 */
export function checkFnBodies(checker: Checker): void {
  for (const statement of checker.root.file.statements) {
    if (statement.kind === 'fn') checkBody(checker, statement);
  }
}

function checkBody(checker: Checker, fn: FnStatement): void {
  const scope = new Scope(checker.root, '');
  const axes = new Set(axisNames(fn));
  for (const parameter of fn.params) {
    if (parameter.fallback !== undefined) walk(checker, parameter.fallback, scope, axes);
    scope.bind(parameter.name.text, { kind: 'unknown' });
  }
  for (const { pattern, value } of fn.body.lets) {
    walk(checker, value, scope, axes);
    for (const name of pattern.names) scope.bind(name.text, { kind: 'unknown' });
  }
  walk(checker, fn.body.result, scope, axes);
}

/** Axes that the body itself names: those it makes, and those it takes by label. */
function axisNames(fn: FnStatement): string[] {
  const found: string[] = [];
  const look = (node: Node): void => {
    if (node.kind === 'as-axes') {
      found.push(...node.axes.map((axis) => axis.text));
      if (node.value.kind === 'reference') found.push(node.value.name);
    }
    if (node.kind === 'index') for (const item of node.items) if (item.label !== undefined) found.push(item.label.text);
    for (const child of children(node)) look(child);
  };
  look(fn.body);
  return found;
}

function walk(checker: Checker, expression: Expression, scope: Scope, axes: ReadonlySet<string>): void {
  const visit = (node: Node): void => {
    if (node.kind === 'reference') {
      if (!isKnown(node.name, scope, axes)) unknownName(checker, node.name, node.span, scope);
      return;
    }
    if (node.kind === 'argument' && node.label !== undefined && axisLabels.has(node.label.text)) return;
    if (node.kind === 'call' && node.callee.kind === 'reference') {
      visit(node.callee);
      const mayBeAxes = axisTakers.has(node.callee.name) || takesAxis(checker, node.callee.name);
      const isBuiltin = builtinNames.has(node.callee.name);
      for (const argument of node.args) {
        const { label, value } = argument;
        if (value.kind !== 'reference') visit(argument);
        else if (label !== undefined && switches.has(value.name)) continue;
        else if (!mayBeAxes && !(isBuiltin && label !== undefined && wordLabels.has(label.text))) visit(argument);
      }
      return;
    }
    if (node.kind === 'index') {
      visit(node.object);
      // `sound[ear: left]` may be an entry by its word, which the axis of an argument has
      for (const item of node.items) if (item.label === undefined || item.value.kind !== 'reference') visit(item);
      return;
    }
    for (const child of children(node)) visit(child);
  };
  visit(expression);
}

function isKnown(name: string, scope: Scope, axes: ReadonlySet<string>): boolean {
  const { module } = scope;
  return (
    scope.value(name) !== undefined ||
    axes.has(name) ||
    name === 'batch' ||
    builtinNames.has(name) ||
    module.imports.has(name) ||
    module.broken.has(name) ||
    module.declarations.find(name, 'value', 'axis') !== undefined
  );
}

/** A fn with a parameter of type `axis`. */
function takesAxis(checker: Checker, name: string): boolean {
  const statement = checker.declarationOf(name, checker.root, 'value')?.declaration.statement;
  return statement?.kind === 'fn' && statement.params.some((parameter) => parameter.type?.name?.text === 'axis');
}
