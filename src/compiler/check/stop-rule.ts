import type { DatasetSpec } from '../program/dataset.ts';
import type { StopRule } from '../program/stage.ts';
import type { CheckedEvaluation, CheckedTraining, StopRequest } from './checked.ts';
import type { Checker } from './checker.ts';
import { markedTest } from './selection.ts';
import { startOf } from './start-of.ts';

/** The training with its rule of stopping checked: the metric is measured during the stage, and not on test data. */
export function stopRuleOf(
  checker: Checker,
  { request, ...training }: RequestedTraining,
  evaluations: readonly CheckedEvaluation[],
  data: readonly DatasetSpec[],
): CheckedTraining {
  if (training.restarts !== undefined) checkRestarts(checker, training, evaluations);
  const stop = request === undefined ? undefined : ruleOf(checker, request, evaluations, data);
  return stop === undefined ? training : { ...training, stop };
}

/** The law: of several runs of a stage the best is kept, by what selects. `stop:` ends one of them, and the next begins. */
function checkRestarts(
  { report }: Checker,
  { span }: CheckedTraining,
  evaluations: readonly CheckedEvaluation[],
): void {
  const place = startOf(span, 'train');
  if (evaluations.every((each) => each.best === undefined))
    report.error('CX6004', place, 'nothing says which of the restarts is the best', {
      expected: '`evaluate on val { …  best: max(accuracy) }` in this stage',
    });
}

/** A training whose rule of stopping waits for the evaluations to be known. */
export type RequestedTraining = CheckedTraining & { readonly request?: StopRequest };

function ruleOf(
  checker: Checker,
  stop: StopRequest,
  evaluations: readonly CheckedEvaluation[],
  data: readonly DatasetSpec[],
): StopRule | undefined {
  const { report } = checker;
  const selecting = evaluations.find((each) => each.best !== undefined);
  const { patience, change } = stop;
  if (stop.metric === undefined) {
    if (selecting?.best !== undefined) return { evaluation: selecting.name, ...selecting.best, patience, change };
    return report.error('CX6004', stop.span, 'nothing says which metric has to become better', {
      expected: '`patience(max(accuracy on val), 5 epochs)`, or a `best:` in an evaluation of this stage',
    });
  }
  const evaluation = evaluations.find((each) => (stop.data === undefined || each.data === stop.data.text || each.name === stop.data.text) && each.metrics.some((metric) => metric.name === stop.metric)); // prettier-ignore
  const metric = evaluation?.metrics.find((each) => each.name === stop.metric);
  if (evaluation === undefined || metric === undefined) {
    if (checker.holes) return undefined;
    return report.error('CX2001', stop.span, `no evaluation of this stage measures \`${stop.metric}\`${stop.data === undefined ? '' : ` on \`${stop.data.text}\``}`); // prettier-ignore
  }
  if (metric.typed.type.axes.length > 0)
    return report.error('CX6004', stop.span, `\`${metric.name}\` is one number for each entry, and one number decides`, { related: [{ span: metric.span, label: 'the metric' }] }); // prettier-ignore
  const known = new Map(data.map((spec) => [spec.name, spec]));
  const spec = known.get(evaluation.data);
  if (spec !== undefined && markedTest(spec, known) !== undefined)
    return report.error('CX5004', stop.span, `\`${evaluation.data}\` is marked test, and this decides by it when training ends`, {
      help: 'decide on a part of the training data: `data train, val = split(…)`',
    }); // prettier-ignore
  const direction = stop.direction ?? (selecting?.best?.metric === metric.name ? selecting.best.direction : undefined);
  if (direction === undefined)
    return report.error('CX6004', stop.span, `is a larger \`${metric.name}\` better, or a smaller one?`, {
      expected: `\`patience(max(${metric.name}${stop.data === undefined ? '' : ` on ${stop.data.text}`}), …)\`, or \`min(…)\``,
    });
  return { evaluation: evaluation.name, metric: metric.name, direction, patience, change };
}
