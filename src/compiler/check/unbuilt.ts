import type { Reporter } from '../diagnostics/reporter.ts';
import type { Span } from '../source/span.ts';
import type { CheckedExperiment } from './checked.ts';
import { reachable, rootsOf } from './reachability.ts';
import type { Typed } from './typed.ts';

/** Everything that a run of the experiment computes. */
export function computedRoots({ stages, figures }: CheckedExperiment): readonly Typed[] {
  return [...stages.flatMap(rootsOf), ...figures.flatMap(({ values }) => values.flatMap(({ typed }) => typed ?? []))];
}

/** Settings of a stage that are checked and have no body yet. */
export function reportUnbuiltSettings({ stages }: CheckedExperiment, report: Reporter): void {
  for (const { what, span, help } of stages.flatMap((stage) => stage.unbuilt)) refuse(what, span, report, help);
}

/** The law: what is checked and has no body is explained and compared, and refused where it would have to run. */
export function reportUnbuilt(roots: readonly Typed[], report: Reporter): void {
  for (const typed of reachable(roots)) {
    const what = typed.op === 'unbuilt' ? typed.attributes.what : typed.op === 'call' ? typed.attributes.unbuilt : undefined; // prettier-ignore
    if (what === undefined) continue;
    refuse(what, typed.span, report);
  }
}

function refuse(
  what: string,
  span: Span,
  report: Reporter,
  help = 'grammar/README.md marks what this version builds',
): void {
  report.error('CX0001', span, `${what} is checked but not built yet`, {
    help: `\`clipx check\`, \`explain\` and \`diff\` know it; ${help}`,
  });
}
