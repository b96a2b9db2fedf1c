import type { Reporter } from '../diagnostics/reporter.ts';
import type { CheckedExperiment, CheckedTraining } from './checked.ts';
import type { Typed } from './typed.ts';

/** Every node below, each once. */
export function reachable(roots: readonly Typed[]): Set<Typed> {
  const seen = new Set<Typed>();
  const stack = [...roots];
  for (let typed = stack.pop(); typed !== undefined; typed = stack.pop()) {
    if (seen.has(typed)) continue;
    seen.add(typed);
    stack.push(...typed.args);
    if (typed.mask !== undefined) stack.push(typed.mask);
  }
  return seen;
}

const flat: ReadonlySet<string> = new Set(['sign', 'floor', 'ceil', 'round', 'not']);
const discrete: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or']);

/** The operands through which a gradient passes: not through a stop, a comparison, a rounding, a condition or an index. */
function differentiableArguments(typed: Typed): readonly Typed[] {
  switch (typed.op) {
    case 'stop':
    case 'top_indices':
    case 'one_hot':
      return [];
    case 'one':
      return flat.has(typed.attributes.op) ? [] : typed.args;
    case 'two':
      return discrete.has(typed.attributes.op) ? [] : typed.args;
    case 'cast':
      return typed.attributes.to === 'f32' ? typed.args : [];
    case 'reduce':
      return ['any', 'all', 'argmax', 'argmin'].includes(typed.attributes.reduction) ? [] : typed.args.slice(0, 1);
    case 'softmax':
    case 'gather':
      return typed.args.slice(0, 1);
    case 'where':
      return typed.args.slice(1);
    default:
      return typed.args;
  }
}

/** Every node to which a gradient of the roots comes. */
function gradientReaches(roots: readonly Typed[]): Set<Typed> {
  const seen = new Set<Typed>();
  const stack = [...roots];
  for (let typed = stack.pop(); typed !== undefined; typed = stack.pop()) {
    if (seen.has(typed)) continue;
    seen.add(typed);
    stack.push(...differentiableArguments(typed));
  }
  return seen;
}

const owners = (nodes: Iterable<Typed>): Set<string> => {
  const names = new Set<string>();
  for (const typed of nodes) if (typed.op === 'call' || typed.op === 'parameter') names.add(typed.attributes.owner);
  return names;
};

/**
 * What is trained must be reached by the loss, what is frozen must be read. In a row of an ablation an unread part is a note, for
 * the row may have removed its only reader.
 */
export function reachability(checked: CheckedExperiment, training: CheckedTraining, report: Reporter): void {
  if (training.terms.length === 0) return;
  const losses = training.terms.map((term) => term.typed);
  const trained = owners(gradientReaches(losses));
  const read = owners(
    reachable([
      ...losses,
      ...checked.evaluations.flatMap((evaluation) => evaluation.metrics.map((metric) => metric.typed)),
    ]),
  );
  const strict = checked.row === 'full';
  const severity = strict ? 'error' : 'note';
  const where = strict ? '' : ` in the row "${checked.row}"`;
  const states = [...checked.instances, ...checked.parameters];
  for (const part of states) {
    const trains = part.flag === 'trainable' || part.overrides.some((override) => override.flag === 'trainable');
    if (trains && !trained.has(part.name)) {
      report.error('CX4002', part.span, `\`${part.name}\` is trainable, and no loss reaches it${where}`, {
        severity,
        help: read.has(part.name)
          ? 'a loss or metric reads it, but no gradient comes to it: through `stop(…)`, a comparison, an index, or as a metric alone'
          : 'make it frozen, or remove it',
      });
    } else if (!trains && !read.has(part.name)) {
      report.error('CX4003', part.span, `\`${part.name}\` is frozen, and nothing reads it${where}`, {
        severity,
        ...(strict ? { help: 'remove it' } : {}),
      });
    }
  }
  const trainable = new Set(
    states
      .filter((part) => part.flag === 'trainable' || part.overrides.some((override) => override.flag === 'trainable'))
      .map((part) => part.name),
  );
  for (const term of training.terms) {
    const reached = owners(gradientReaches([term.typed]));
    if ([...reached].some((name) => trainable.has(name))) continue;
    report.error('CX4004', term.span, `the loss \`${term.name}\` depends on nothing that trains`, {
      help: 'it is a constant of the optimisation: use it as a metric',
    });
  }
}
