import type { Reporter } from '../diagnostics/reporter.ts';
import type { CheckedExperiment } from './checked.ts';
import { reachable } from './reachability.ts';
import type { Typed } from './typed.ts';

/** Everything that a run of the experiment computes. */
export function computedRoots({ training, evaluations }: CheckedExperiment): readonly Typed[] {
  const metrics = evaluations.flatMap((evaluation) => evaluation.metrics.map((metric) => metric.typed));
  return [...training.terms.map((term) => term.typed), ...metrics];
}

/** The law: what is checked and has no body is explained and compared, and refused where it would have to run. */
export function reportUnbuilt(roots: readonly Typed[], report: Reporter): void {
  for (const typed of reachable(roots)) {
    if (typed.op !== 'unbuilt') continue;
    report.error('CX0001', typed.span, `${typed.attributes.what} is checked but not built yet`, {
      help: '`clipx check`, `explain` and `diff` know it; grammar/README.md marks what this version builds',
    });
  }
}
