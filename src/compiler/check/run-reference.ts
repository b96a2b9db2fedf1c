/** `run("pretrain")`, `run("pretrain", row: "no L_d", seed: 2).clip.image`: a finished run, or a part of what it left. */
import type { RunReference } from '../program/parameter.ts';
import { filePath } from '../resolve/file-path.ts';
import type { Argument, Call, Expression } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';
import { wholeNumber } from './parts/whole-number.ts';
import type { Scope } from './scope.ts';

/** Whether an expression names a run, or a part of one. */
export function isRunReference(expression: Expression): boolean {
  return callOf(expression) !== undefined;
}

function callOf(expression: Expression): Call | undefined {
  if (expression.kind === 'member' || expression.kind === 'index') return callOf(expression.object);
  if (expression.kind !== 'call') return undefined;
  return expression.callee.kind === 'reference' && expression.callee.name === 'run' ? expression : undefined;
}

const expected =
  '`run("pretrain")`, `run("pretrain", row: "no L_d", seed: 2)`, `run("pretrain").clip.image`, or a run folder';

/**
 * The reference alone: whether there is such a run is asked where it is read, so that a file is checked before anything ran. A name with
 * a `/` is the path of a run folder.
 */
export function runReference(
  checker: Checker,
  expression: Expression,
  scope: Scope,
): (RunReference & { readonly part?: string }) | undefined {
  const call = callOf(expression);
  const [named, ...options] = call?.args ?? [];
  if (call === undefined || named?.value.kind !== 'string' || named.label !== undefined || named.value.value === '')
    return checker.report.error('CX3006', expression.span, '`run` takes the name of an experiment, or the folder of a run', { expected }); // prettier-ignore
  const isFolder = named.value.value.includes('/');
  const said = isFolder ? {} : rowAndSeed(checker, options, scope);
  if (isFolder && options[0] !== undefined) {
    return checker.report.error('CX2010', options[0].span, 'a run folder is one row and one seed already', {
      help: 'name the experiment to choose among its runs',
    });
  }
  const path = partOf(checker, expression);
  if (said === undefined || path === undefined) return undefined;
  return { run: isFolder ? filePath(named.value) : named.value.value, ...said, ...(path === '' ? {} : { part: path }) };
}

function rowAndSeed(
  checker: Checker,
  options: readonly Argument[],
  scope: Scope,
): { readonly row?: string; readonly seed?: number } | undefined {
  let said: { readonly row?: string; readonly seed?: number } = {};
  for (const { label, value, span } of options) {
    const key = label?.text;
    if (key === 'row' && value.kind === 'string') {
      said = { ...said, row: value.value };
      continue;
    }
    const seed = key === 'seed' ? wholeNumber(checker, value, scope) : undefined;
    if (seed === undefined || !Number.isInteger(seed) || seed < 0)
      return checker.report.error('CX2010', label?.span ?? span, 'a run is named by its experiment, its row and its seed', { expected }); // prettier-ignore
    said = { ...said, seed };
  }
  return said;
}

/** `.clip.image.blocks[2]` behind the call, as a path; empty where there is none. */
function partOf(checker: Checker, expression: Expression): string | undefined {
  if (expression.kind === 'call') return '';
  if (expression.kind !== 'member' && expression.kind !== 'index') return undefined;
  const before = partOf(checker, expression.object);
  if (before === undefined) return undefined;
  if (expression.kind === 'member') return [before, expression.member.text].filter((step) => step !== '').join('.');
  const [item, more] = expression.items;
  const at = item?.value.kind === 'quantity' && item.value.unit === undefined ? item.value.value : undefined;
  if (item?.label === undefined && more === undefined && at !== undefined && Number.isInteger(at))
    return `${before}.${at}`;
  return checker.report.error('CX3006', expression.span, 'a part of a run is one part, by its path', { expected });
}
