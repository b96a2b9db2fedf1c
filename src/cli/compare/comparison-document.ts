import { diffDocument } from '../../compiler/compare/render-diff.ts';
import { shorterPath } from '../read-source.ts';
import type { RunsComparison } from './compare-runs.ts';

/** What `clipx compare --json` prints (schema `schemas/comparison.json`). Nothing is left out of it, whatever differs. */
export function comparisonDocument(comparison: RunsComparison, cwd: string): unknown {
  const { sides, others, how, metrics, forced } = comparison;
  const baseline = sides[0]?.label ?? '';
  return {
    schema: 'clipx.comparison/1',
    baseline,
    forced,
    sides: sides.map(({ label, runs }, at) => ({
      side: label,
      runs: runs.map(({ folder, state, record }) => ({
        folder: shorterPath(folder, cwd),
        name: record.name,
        row: record.row,
        seed: record.seed,
        state,
        random: record.random === true,
        digests: record.digests,
      })),
      comparable: (others[at - 1]?.refusals ?? []).length === 0,
      refusals: others[at - 1]?.refusals ?? [],
      notes: others[at - 1]?.notes ?? [],
    })),
    meaning: others.map(({ side, meaning }) => ({
      side: side.label,
      diff: diffDocument(meaning, { base: baseline, head: side.label }),
    })),
    how: how.map(({ name, values, differs }) => ({ name, differs, values: bySide(values) })),
    metrics: metrics.map(({ key, at, name, unit, direction, by, values, differences }) => ({
      key,
      name,
      at,
      unit: unit ?? null,
      direction: direction ?? null,
      by: by ?? null,
      sides: values.map(({ spread, values: seeds }, index) => ({
        side: sides[index]?.label ?? '',
        mean: spread?.mean ?? null,
        deviation: spread?.deviation ?? null,
        count: spread?.count ?? 0,
        seeds: seeds.map(({ seed, value }) => ({ seed, measured: value !== undefined, value: value ?? null })),
      })),
      differences: differences.map(({ verdict, difference, standardError, seeds, reason }, index) => ({
        side: others[index]?.side.label ?? '',
        verdict,
        difference: difference ?? null,
        standardError: standardError ?? null,
        seeds,
        reason: reason ?? null,
      })),
    })),
  };

  function bySide<Value>(values: readonly Value[]): readonly { readonly side: string; readonly value: Value }[] {
    return values.map((value, index) => ({ side: sides[index]?.label ?? '', value }));
  }
}
