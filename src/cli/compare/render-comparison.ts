/** A comparison of runs for a terminal: who is compared, what differs in meaning, how they ran, and the numbers. */
import { renderDiffText } from '../../compiler/compare/render-diff.ts';
import type { ComparedRun } from '../../runtime/records/comparison/compared-run.ts';
import type { Side } from '../../runtime/records/comparison/sides.ts';
import { formatCount } from '../../runtime/records/report-format.ts';
import { randomDataWords } from '../../runtime/records/summary.ts';
import { shorterPath } from '../read-source.ts';
import type { ComparedSide, RunsComparison } from './compare-runs.ts';
import { howNotes } from './how-they-ran.ts';
import { paint, type Ink } from '../paint.ts';
import { resultLines } from './render-results.ts';

export interface RenderOptions {
  /** What does not differ too. */
  readonly all: boolean;
  readonly color: boolean;
  readonly cwd: string;
}

export function renderComparison(comparison: RunsComparison, options: RenderOptions): string {
  const title = (text: string): string => ink(text, 'bold');
  const { sides, others } = comparison;
  const sections = [
    [title('runs'), ...sides.flatMap((side, at) => sideLines(side, at === 0 && others.length > 0, options))],
    ...(others.length === 0
      ? [
          ['they differ in the seed alone: there is nothing to hold against another row'],
          ...(options.all ? [[title('how they ran'), ...howLines(comparison, options)]] : []),
        ]
      : [
          [title('what they mean'), ...others.flatMap((other) => meaningLines(other, comparison, options))],
          [title('how they ran'), ...howLines(comparison, options)],
        ]),
    [title(`what they measured${others.length === 0 ? '' : `, beside ${sides[0]?.label ?? ''}`}`), ...resultLines(comparison, options)],
  ]; // prettier-ignore
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;

  function ink(text: string, how: Ink): string {
    return paint(text, how, options.color);
  }
}

function sideLines({ label, runs }: Side, isBaseline: boolean, { cwd, color }: RenderOptions): string[] {
  const [first] = runs;
  if (first === undefined) return [];
  const { name, row, random } = first.record;
  const seeds = runs.map(({ record }) => record.seed);
  const words = `${name}, row ${row}, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`;
  return [
    `  ${label}  ${words}${isBaseline ? ' (baseline)' : ''}`,
    ...(random === true ? [`     ${paint(randomDataWords, 'yellow', color)}`] : []),
    ...runs.map((run) => {
      const state = run.state === 'complete' ? '' : `   ${paint(stateWords(run), 'yellow', color)}`;
      return `     ${shorterPath(run.folder, cwd)}${state}`;
    }),
  ];
}

/** `running at step 12 of 40 (not complete: its numbers are not final)`. */
function stateWords({ state, record: { step, steps, error } }: ComparedRun): string {
  const far = step === undefined ? '' : ` at step ${formatCount(step)}${steps === undefined ? '' : ` of ${formatCount(steps)}`}`;
  const why = state === 'failed' && error !== undefined ? `: ${error.message}` : '';
  return `${state}${far}${why} (not complete: its numbers are not final)`;
} // prettier-ignore

function meaningLines(other: ComparedSide, { sides }: RunsComparison, { all, color }: RenderOptions): string[] {
  const { side, meaning, notes } = other;
  const names = { base: sides[0]?.label ?? '', head: side.label };
  const text = meaning === undefined ? `${names.base} → ${names.head}   ${digestWords(sides[0], side)}` : renderDiffText(meaning, names, { all }).trimEnd(); // prettier-ignore
  return [
    ...text.split('\n').map((line) => `  ${line}`),
    ...notes.map((note) => `  ${paint('note', 'yellow', color)}  ${note}`),
  ];
}

/** What the records alone tell. */
function digestWords(base: Side | undefined, head: Side): string {
  const [before, after] = [base?.runs[0]?.record.digests, head.runs[0]?.record.digests];
  const words = (what: 'semantic' | 'protocol'): string => `${what} ${before?.[what] === after?.[what] ? 'unchanged' : 'differs'}`; // prettier-ignore
  return `${words('semantic')}   ${words('protocol')}`;
}

function howLines({ sides, how }: RunsComparison, { all }: RenderOptions): string[] {
  const shown = how.filter((it) => it.differs || (all && it.values.some((value) => value !== null)));
  const hidden = how.filter((it) => !it.differs && it.values.some((value) => value !== null));
  const folded = all || hidden.length === 0 ? [] : [`  the same: ${hidden.map(({ name }) => name).join(', ')} (--all)`];
  if (shown.length === 0) return folded;
  const heads = ['', ...sides.map(({ label }) => label)];
  const rows = shown.map(({ name, values }) => [name, ...values.map((value) => value ?? 'not recorded')]);
  const notes = shown.flatMap(({ name }) => (howNotes[name] === undefined ? [] : [`  ${name}: ${howNotes[name]}`]));
  return [...alignedColumns([heads, ...rows]), ...notes, ...folded];
}

/** Left-aligned columns, two blanks in front. */
function alignedColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => length(row[column] ?? ''))));
  return rows.map((row) => `  ${row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - length(cell))).join('   ')}`.trimEnd()); // prettier-ignore
}

const length = (text: string): number => Array.from(text).length;
