import { nearestName } from '../common/suggest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Span } from '../source/span.ts';
import type { StageStatement, Statement, StateStatement } from '../syntax/ast.ts';
import { declarationsOf } from './declarations.ts';
import { extendModule, type Module } from './modules.ts';

/** One stage as a module of its own: the file without what other stages do, and the stage's statements over it. */
export interface StageModule {
  readonly name: string;
  readonly after: readonly string[];
  readonly module: Module;
  /** `trainable ctx, h` and `frozen clip` in the stage: what trains in it. */
  readonly states: readonly StateStatement[];
  readonly span: Span;
}

/** The stage of the statements that stand in none. */
const mainStage = 'main';

/** Each is checked and trained by itself; more are a mistake. */
const mostStages = 100;

/** What is said of one stage, and never handed on to another. */
const ofOneStage: ReadonlySet<Statement['kind']> = new Set(['minimize', 'maximize', 'train', 'stage']);

/** What a stage can not hold, with the reason that a reader is given. */
const foreign: Partial<Record<Statement['kind'], string>> = {
  edition: 'it stands once in a file', experiment: 'it stands once in a file', use: 'imports are those of the file',
  extends: 'a file extends, not a stage', stage: 'stages do not nest', ablate: 'rows are of the whole experiment',
  sweep: 'points are of the whole experiment', seeds: 'seeds are of the whole experiment', expect: 'claims are of the whole experiment',
}; // prettier-ignore

/**
 * The stages of a file in the order in which they run: as written, but each after those that it names. A file without `stage` has the one
 * stage `main`; beside stages it is there where the file itself minimises something. Reports CX2001, CX2009 and CX6003.
 */
export function stagesOf(root: Module, report: Reporter): readonly StageModule[] {
  const { statements } = root.file;
  const all = statements.filter((statement): statement is StageStatement => statement.kind === 'stage');
  const written = all.slice(0, mostStages);
  const beyond = all[mostStages];
  if (beyond !== undefined)
    report.error('CX1009', beyond.name.span, `a file has at most ${mostStages} stages`, {
      found: `${all.length} stages`,
      help: 'each stage is an experiment of its own: `sweep` and `ablate` are for variants of one',
    });
  if (written.length === 0) return [{ name: mainStage, after: [], module: root, states: [], span: root.file.span }];
  const own = statements.filter((each) => each.kind !== 'stage' && ofOneStage.has(each.kind));
  const shared = statements.filter((each) => !ofOneStage.has(each.kind));
  const names = [...all.map((stage) => stage.name.text), ...(own.length > 0 ? [mainStage] : [])];
  const below = bodyOf(root, shared, report);
  const withOwn = own.length === 0 ? below : bodyOf(root, [...shared, ...own], report);
  const modules = written.map((stage): StageModule => {
    for (const statement of stage.statements) {
      const why = foreign[statement.kind];
      if (why !== undefined)
        report.error('CX2009', statement.span, `a stage holds no \`${statement.kind}\``, { help: why });
    }
    const after = stage.after.filter((each) => {
      if (names.includes(each.text)) return each.text === mainStage || written.some(({ name }) => name.text === each.text); // prettier-ignore
      // nothing comes before it any more: it begins with what it is given
      if (root.removed.has(each.text)) return false;
      const suggestion = nearestName(each.text, names);
      report.error('CX2001', each.span, `there is no stage \`${each.text}\``, {
        expected: names.filter((name) => name !== stage.name.text).join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      return false;
    });
    const body = stage.statements.filter((each) => each.kind !== 'state' && foreign[each.kind] === undefined);
    return {
      name: stage.name.text,
      after: after.map((each) => each.text),
      module: extendModule(stage.name.text === mainStage ? withOwn : below, { file: { statements: body } }, report),
      states: stage.statements.filter((each): each is StateStatement => each.kind === 'state'),
      span: stage.span,
    };
  });
  if (own.length > 0 && !written.some((stage) => stage.name.text === mainStage)) {
    const module = extendModule(withOwn, { file: { statements: [] } }, report);
    modules.unshift({ name: mainStage, after: [], module, states: [], span: own[0]?.span ?? root.file.span });
  }
  return inOrder(modules, report);
}

/** The file with these statements alone. */
function bodyOf(root: Module, statements: readonly Statement[], report: Reporter): Module {
  const file = { ...root.file, statements };
  return { ...root, file, declarations: declarationsOf(file, report) };
}

/** As written, each after its predecessors; a circle is an error, and then the order is that of the file. */
function inOrder(stages: readonly StageModule[], report: Reporter): readonly StageModule[] {
  const left = [...stages];
  const done: StageModule[] = [];
  while (left.length > 0) {
    const next = left.findIndex((stage) => stage.after.every((name) => done.some((each) => each.name === name)));
    const [stage] = left.splice(Math.max(next, 0), 1);
    if (stage === undefined) break;
    if (next < 0) {
      const circle = [stage, ...left];
      report.error('CX6003', stage.span, `the stage \`${stage.name}\` comes after itself`, {
        found: circle.map((each) => `${each.name} after ${each.after.join(', ')}`).join('; '),
        help: 'one of them has to begin without the others',
      });
      return stages;
    }
    done.push(stage);
  }
  return done;
}
