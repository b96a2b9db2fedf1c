/** A comparison as text for people and as JSON (schema `schemas/diff.json`) for programs. */
import { formatCount, formatShare } from '../common/format-number.ts';
import { changeClasses, type Change } from './change.ts';
import type { Comparison } from './changes.ts';

/** What the sides are called: a path, or a revision and a path. */
export interface SideNames {
  readonly base: string;
  readonly head: string;
}

export interface DiffDocument {
  readonly schema: 'clipx.diff/1';
  /** `failed`: a side does not load or compile, and nothing was compared. Never mistaken for no change. */
  readonly status: 'compared' | 'failed';
  readonly base: { readonly name: string; readonly digests: Comparison['digests']['before'] | null };
  readonly head: { readonly name: string; readonly digests: Comparison['digests']['before'] | null };
  readonly identical: boolean;
  readonly comparable: boolean;
  readonly counts: Comparison['counts'];
  readonly effect: {
    readonly trainable: Comparison['trainable'];
    readonly parameters: Comparison['parameters'];
    readonly cached: Comparison['cached'];
  };
  readonly changes: readonly Change[];
}

const nothing: Pick<Comparison, 'counts' | 'trainable' | 'parameters' | 'cached' | 'changes'> = {
  counts: { protocol: 0, training: 0, runtime: 0, cosmetic: 0 },
  trainable: { before: 0, after: 0 },
  parameters: { before: 0, after: 0 },
  cached: { before: [], after: [] },
  changes: [],
};

/** Always of one shape, whether something differs, nothing does, or a side failed (`undefined`). */
export function diffDocument(comparison: Comparison | undefined, names: SideNames): DiffDocument {
  const { counts, trainable, parameters, cached, changes } = comparison ?? nothing;
  return {
    schema: 'clipx.diff/1',
    status: comparison === undefined ? 'failed' : 'compared',
    base: { name: names.base, digests: comparison?.digests.before ?? null },
    head: { name: names.head, digests: comparison?.digests.after ?? null },
    identical: comparison?.identical ?? false,
    comparable: comparison?.comparable ?? false,
    counts,
    effect: { trainable, parameters, cached },
    changes,
  };
}

export function renderDiffJson(comparison: Comparison | undefined, names: SideNames): string {
  return `${JSON.stringify(diffDocument(comparison, names), null, 2)}\n`;
}

/** One line a change with its class, rule and line; cosmetic ones are counted, and listed with `all`. */
export function renderDiffText(comparison: Comparison, names: SideNames, options: { readonly all?: boolean } = {}): string {
  const { digests, counts, changes } = comparison;
  const shown = changes.filter((change) => options.all === true || change.class !== 'cosmetic');
  const rows = shown.map((change) => ({ change, rule: change.rule, line: lineOf(change, comparison.files) }));
  const width = Math.max(0, ...rows.map((row) => row.rule.length));
  const same = digests.before.semantic === digests.after.semantic;
  const head = [
    names.base === names.head ? names.head : `${names.base} → ${names.head}`,
    same ? `semantic ${short(digests.after.semantic)} unchanged` : `semantic ${short(digests.before.semantic)} → ${short(digests.after.semantic)}`,
    protocolWords(comparison),
  ];
  const hidden = changes.length - shown.length;
  return [
    head.join('   '),
    ...(changes.length === 0 ? ['no difference in meaning'] : []),
    ...rows.flatMap(({ change, rule, line }) => [`${change.class.padEnd(8)}  ${rule.padEnd(width)}  ${change.sentence}${line === '' ? '' : `   ${line}`}`]),
    ...consequences(comparison),
    ...(changes.length === 0 ? [] : [`${hidden === 0 ? '' : `${hidden} cosmetic ${hidden === 1 ? 'change' : 'changes'} hidden (--all)   `}${changeClasses.slice(0, 3).map((name) => `${name} ${counts[name]}`).join(' · ')}`]),
    '',
  ].join('\n');
} // prettier-ignore

const short = (digest: string): string => `${digest.slice(0, 6)}…`;

function protocolWords({ comparable, digests, counts }: Comparison): string {
  if (!comparable) return `protocol ${short(digests.before.protocol)} → ${short(digests.after.protocol)}: results are NOT comparable`; // prettier-ignore
  if (counts.protocol > 0) return 'protocol hash unchanged: single results stay comparable, see below for the rest';
  return 'protocol unchanged: results stay comparable';
}

function lineOf({ location }: Change, files: Comparison['files']): string {
  const [place, own] = location.head === null ? [location.base, files.before] : [location.head, files.after];
  if (place === null) return '';
  const where = place.file === own ? `line ${place.line}` : `${place.file}:${place.line}`;
  return location.head === null ? `${where} before` : where;
}

/** What follows from all changes together. */
function consequences({ trainable, parameters, cached, changes }: Comparison): string[] {
  if (changes.length === 0) return [];
  const lines: string[] = [];
  if (trainable.before !== trainable.after || parameters.before !== parameters.after) {
    lines.push(
      `trainable ${formatCount(trainable.before)} of ${formatCount(parameters.before)} (${shareOf(trainable.before, parameters.before)}) → ` +
        `${formatCount(trainable.after)} of ${formatCount(parameters.after)} (${shareOf(trainable.after, parameters.after)})`,
    );
  }
  if (cached.before.join() !== cached.after.join())
    lines.push(`cached per sample: ${cached.before.join(', ') || 'nothing'} → ${cached.after.join(', ') || 'nothing'}`);
  return lines;
}

const shareOf = (part: number, whole: number): string => formatShare(whole === 0 ? 0 : part / whole);
