/**
 * One body of statements over another: `extends`, a row of an ablation and a stage are the same thing. What has the name of something
 * below takes its place, `remove` drops, `set` changes one place; the whole is then checked as if it had been written so, every node
 * with the span of the file that it comes from.
 */
import { nearestName } from '../common/suggest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Span } from '../source/span.ts';
import type { Assignment, EvaluateStatement, Name, Path, StageStatement, Statement, StateStatement } from '../syntax/ast.ts'; // prettier-ignore
import { printPath } from '../syntax/print-path.ts';
import { declaredNames, spacesOf } from './declarations.ts';
import { setPath } from './set-path.ts';
import { evaluationNames, keysOf } from './statement-keys.ts';

/** The statements over the others, and the names that are gone with where that was said. */
export interface Extended {
  readonly statements: readonly Statement[];
  readonly removed: ReadonlyMap<string, Span>;
}

type Item = Statement | Assignment;

/** `below` with `above` over it. Reports CX2001 and CX6002 for what leads nowhere. */
export function extended(below: readonly Statement[], above: readonly Item[], report: Reporter): Extended {
  const removed = new Map<string, Span>();
  let kept = below;
  for (const item of above)
    if (item.kind === 'remove') for (const path of item.paths) kept = without(kept, path, removed, report);
  const own = above.filter((item): item is Statement => !edits.has(item.kind));
  kept = replaced(kept, own);
  for (const statement of own) for (const name of declaredNames(statement)) removed.delete(name.text);
  for (const item of above) {
    if (item.kind === 'set') kept = setPath(kept, item.assignment, report);
    else if (item.kind === 'assignment') kept = setPath(kept, item, report);
  }
  return { statements: kept, removed };
}

const edits: ReadonlySet<Item['kind']> = new Set(['remove', 'set', 'extends', 'assignment']);

/** Each statement of `own` in the place of the first that it replaces, the rest behind. */
function replaced(below: readonly Statement[], own: readonly Statement[]): readonly Statement[] {
  const byKey = new Map<string, Statement>();
  for (const statement of own) for (const key of keysOf(statement)) byKey.set(key, statement);
  const paths = new Set(own.flatMap((each) => (each.kind === 'state' ? each.paths.map(printPath) : [])));
  const placed = new Set<Statement>();
  const result = below.flatMap((statement): Statement[] => {
    if (statement.kind === 'state') return withoutPaths(statement, paths);
    const by = keysOf(statement).flatMap((key) => byKey.get(key) ?? [])[0];
    if (by === undefined) return [statement];
    if (placed.has(by)) return [];
    placed.add(by);
    return [by];
  });
  const rest = own.filter((statement) => !placed.has(statement));
  return [...rest.filter(isHead), ...result, ...rest.filter((statement) => !isHead(statement))];
}

/** What a file begins with. */
const isHead = ({ kind }: Statement): boolean => kind === 'edition' || kind === 'experiment' || kind === 'use';

/** `frozen clip` is no more where `trainable clip` is said over it. */
function withoutPaths(statement: StateStatement, paths: ReadonlySet<string>): StateStatement[] {
  const left = statement.paths.filter((path) => !paths.has(printPath(path)));
  return left.length === 0 ? [] : [left.length === statement.paths.length ? statement : { ...statement, paths: left }];
}

// ── remove ───────────────────────────────────────────────────────────

/** Statements without a name go by their keyword. */
const nameless: ReadonlySet<Statement['kind']> = new Set(['minimize', 'maximize', 'train', 'seeds', 'expect', 'ablate', 'sweep']); // prettier-ignore

function without(
  statements: readonly Statement[],
  path: Path,
  removed: Map<string, Span>,
  report: Reporter,
): readonly Statement[] {
  const [member, more] = path.steps.flatMap((step) => (step.kind === 'path-member' ? [step.name] : []));
  const { head } = path;
  if (member !== undefined) {
    const inside = more === undefined ? withoutInside(statements, path, head, member, removed, report) : undefined;
    if (inside !== undefined) return inside;
  } else {
    const gone = statements.filter((each) => isCalled(each, head));
    if (gone.length > 0) {
      for (const statement of gone)
        if (spacesOf(statement).length > 0 && statement.kind !== 'stage') for (const name of declaredNames(statement)) removed.set(name.text, path.span); // prettier-ignore
      return relinked(statements, gone);
    }
  }
  const names = statements.flatMap((each) => [
    ...declaredNames(each).map((name) => name.text),
    ...(each.kind === 'evaluate' ? evaluationNames(each) : []),
    ...(each.kind === 'ablate' ? [each.name.text] : []),
  ]);
  const suggestion = nearestName(head.text, names);
  report.error('CX2001', path.span, `there is no \`${printPath(path)}\` to remove`, {
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return statements;
}

/** What is left: stages that came after a removed one go on from what that one went on from. */
function relinked(statements: readonly Statement[], gone: readonly Statement[]): readonly Statement[] {
  const left = statements.filter((each) => !gone.includes(each));
  const stages = gone.filter((each): each is StageStatement => each.kind === 'stage');
  if (stages.length === 0) return left;
  const before = (name: Name): readonly Name[] => stages.find((stage) => stage.name.text === name.text)?.after.flatMap(before) ?? [name]; // prettier-ignore
  return left.map((each) => (each.kind === 'stage' ? { ...each, after: each.after.flatMap(before) } : each));
}

/** A declaration by its name, an evaluation or a study by its own, what has no name by its keyword. */
function isCalled(statement: Statement, { text }: Name): boolean {
  if (statement.kind === text && nameless.has(statement.kind)) return true;
  switch (statement.kind) {
    case 'evaluate':
      return text === 'evaluate' ? statement.name === undefined : statement.name?.text === text;
    case 'ablate':
    case 'figure':
      return statement.name.text === text;
    default:
      return spacesOf(statement).length > 0 && declaredNames(statement).some((name) => name.text === text);
  }
}

/** `evaluate.cloth` is one data set of the evaluation without a name, `stage.L` what stands in a stage, `scores.top1` one metric. */
function withoutInside(
  statements: readonly Statement[],
  path: Path,
  head: Name,
  member: Name,
  removed: Map<string, Span>,
  report: Reporter,
): readonly Statement[] | undefined {
  for (const statement of statements) {
    if (statement.kind === 'stage' && statement.name.text === head.text) {
      const inner: Path = { kind: 'path', head: member, steps: [], span: path.span };
      const edited: StageStatement = { ...statement, statements: without(statement.statements, inner, removed, report) }; // prettier-ignore
      return statements.map((each) => (each === statement ? edited : each));
    }
    if (statement.kind !== 'evaluate' || !isCalled(statement, head)) continue;
    const edited = withoutItem(statement, member);
    if (edited !== undefined) return statements.flatMap((each) => (each === statement ? edited : [each]));
  }
  return undefined;
}

/** An evaluation without one of its data sets or metrics; none at all where nothing is left to measure. */
function withoutItem(statement: EvaluateStatement, { text }: Name): EvaluateStatement[] | undefined {
  const labels = statement.targets.map(
    (target) => target.label?.text ?? target.data.map((part) => part.text).join('.'),
  );
  if (labels.includes(text)) {
    const targets = statement.targets.filter((_, index) => labels[index] !== text);
    return targets.length === 0 ? [] : [{ ...statement, targets }];
  }
  const items = statement.items.filter((item) => item.kind !== 'metric' || item.name.text !== text);
  return items.length === statement.items.length ? undefined : [{ ...statement, items }];
}
