import type { Reporter } from '../diagnostics/reporter.ts';
import type { CheckedExperiment, CheckedModel, CheckedStage, CheckedTraining } from './checked.ts';
import { startOf } from './start-of.ts';
import type { Typed } from './typed.ts';

/** Every node below, each once. `into`: whether what is below a node counts. */
export function reachable(roots: readonly Typed[], into: (typed: Typed) => boolean = () => true): Set<Typed> {
  const seen = new Set<Typed>();
  const stack = [...roots];
  for (let typed = stack.pop(); typed !== undefined; typed = stack.pop()) {
    if (seen.has(typed)) continue;
    seen.add(typed);
    if (!into(typed)) continue;
    stack.push(...typed.args);
    if (typed.mask !== undefined) stack.push(typed.mask);
  }
  return seen;
}

/** The data set that `e on d` goes over. */
export function ownData(typed: Typed): string | undefined {
  return typed.op === 'on_data' ? typed.attributes.data : undefined;
}

/** Values over whole data sets among what the roots read, those within others too. */
export function dataValuesOf(roots: readonly Typed[]): Extract<Typed, { op: 'on_data' }>[] {
  return [...reachable(roots)].flatMap((typed) => (typed.op === 'on_data' ? [typed] : []));
}

/** What a step of the stage computes, or its search measures. */
export function trainingRoots({ training }: Pick<CheckedModel, 'training'>): readonly Typed[] {
  return [...lossesOf(training), ...(training.search === undefined ? [] : [training.search.metric.typed])];
}

/** Every node below that the samples at hand feed: nothing below `e on d`, which reads samples of its own. */
export function reachableHere(roots: readonly Typed[]): Set<Typed> {
  const seen = new Set<Typed>();
  const stack = [...roots];
  for (let typed = stack.pop(); typed !== undefined; typed = stack.pop()) {
    if (seen.has(typed)) continue;
    seen.add(typed);
    if (ownData(typed) !== undefined) continue;
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
    // a tensor starts from what it starts from; it does not read it
    case 'parameter':
    case 'stop':
    // worked out before the first step
    case 'on_data':
    case 'top_indices':
    case 'text_measure':
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
export function gradientReaches(roots: readonly Typed[]): Set<Typed> {
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

/** Everything that one stage computes: its losses or what it searches by, and its metrics. */
export function rootsOf({ training, evaluations }: Pick<CheckedModel, 'training' | 'evaluations'>): readonly Typed[] {
  const searched = training.search === undefined ? [] : [training.search.metric.typed];
  return [...lossesOf(training), ...searched, ...evaluations.flatMap((each) => each.metrics.map((metric) => metric.typed))]; // prettier-ignore
}

const lossesOf = (training: CheckedTraining): Typed[] => training.terms.map((term) => term.typed);

type Part = CheckedModel['instances'][number] | CheckedModel['parameters'][number];

const partsOf = (model: CheckedModel): readonly Part[] => [...model.instances, ...model.parameters];

const trains = (part: Part): boolean =>
  part.flag === 'trainable' || part.overrides.some((override) => override.flag === 'trainable');

/**
 * What is trained must be reached by a loss, what is frozen must be read, and a stage that goes on with what another has trained says
 * so. In a row of an ablation an unread part is a note, for the row may have removed its only reader.
 */
export function reachability(checked: CheckedExperiment, report: Reporter): void {
  const { stages } = checked;
  // every weight is 0: that was told
  if (stages.some(({ training }) => training.objective !== '' && training.terms.length === 0 && training.search === undefined)) return; // prettier-ignore
  const strict = checked.row === 'full';
  const severity = strict ? 'error' : 'note';
  const where = strict ? '' : ` in the row "${checked.row}"`;
  const read = owners(reachable(stages.flatMap(rootsOf)));
  const trained = new Set(stages.flatMap((stage) => [...trainedIn(stage)]));
  const listed = new Set<string>();
  for (const stage of stages) {
    for (const part of partsOf(stage)) if (trains(part)) listed.add(part.name);
    reportIdleTerms(stage, checked, report);
  }
  const told = new Set<string>();
  for (const part of stages.flatMap(partsOf)) {
    if (told.has(part.name)) continue;
    told.add(part.name);
    // a module without tensors is written out, and leaves no trace of being read
    if ('shape' in part && part.shape.kind === 'composite' && part.shape.bare === true) continue;
    if (stages.every((stage) => stage.training.objective === '') && !read.has(part.name)) {
      report.error('CX4003', part.span, `nothing reads \`${part.name}\`${where}`, { severity, ...(strict ? { help: 'remove it' } : {}) }); // prettier-ignore
    } else if (listed.has(part.name) && !trained.has(part.name)) {
      report.error('CX4002', part.span, `\`${part.name}\` is trainable, and no loss reaches it${where}`, {
        severity,
        help: read.has(part.name)
          ? 'a loss or metric reads it, but no gradient comes to it: through `stop(…)`, a comparison, an index, or as a metric alone'
          : 'make it frozen, or remove it',
      });
    } else if (!listed.has(part.name) && !read.has(part.name)) {
      report.error('CX4003', part.span, `\`${part.name}\` is frozen, and nothing reads it${where}`, {
        severity,
        ...(strict ? { help: 'remove it' } : {}),
      });
    }
  }
  reportOrder(stages, report);
  reportRestarts(stages, report);
  reportEach(stages, report);
}

/** Parts that a stage trains and its losses, or its search, reach. */
function trainedIn(stage: CheckedStage): Set<string> {
  const { search } = stage.training;
  const reached = search === undefined ? owners(gradientReaches(lossesOf(stage.training))) : owners(reachable([search.metric.typed])); // prettier-ignore
  return new Set(partsOf(stage).filter((part) => trains(part) && reached.has(part.name)).map((part) => part.name)); // prettier-ignore
}

/** A term that nothing trainable can lower. In a row the stage is then passed over. */
function reportIdleTerms(stage: CheckedStage, { row, stages }: CheckedExperiment, report: Reporter): void {
  const trainable = new Set(
    partsOf(stage)
      .filter(trains)
      .map((part) => part.name),
  );
  const inStage = stages.length === 1 ? '' : ` in the stage \`${stage.name}\``;
  for (const term of stage.training.terms) {
    const reached = owners(gradientReaches([term.typed]));
    if ([...reached].some((name) => trainable.has(name))) continue;
    report.error('CX4004', term.span, `the loss \`${term.name}\` depends on nothing that trains${inStage}`, {
      ...(row === 'full' ? {} : { severity: 'note' as const }),
      help: 'it is a constant of the optimisation: use it as a metric',
    });
  }
  if (stage.training.search !== undefined && trainedIn(stage).size === 0)
    report.error('CX4004', stage.training.search.metric.span, `what is maximised depends on nothing that trains${inStage}`, {
      help: 'list it: `trainable α` in the stage',
    }); // prettier-ignore
}

/** The law: a stage reads what another has trained only if it comes after it; else its numbers would hang on the order of the file. */
function reportOrder(stages: readonly CheckedStage[], report: Reporter): void {
  const before = new Map<string, ReadonlySet<string>>();
  const trained = new Map(stages.map((stage) => [stage, [...trainedIn(stage)]]));
  for (const stage of stages) {
    const known = new Set(stage.after.flatMap((name) => [name, ...(before.get(name) ?? [])]));
    before.set(stage.name, known);
    const reads = owners(reachable([...lossesOf(stage.training), ...(stage.training.search === undefined ? [] : [stage.training.search.metric.typed])])); // prettier-ignore
    for (const earlier of stages.slice(0, stages.indexOf(stage))) {
      if (known.has(earlier.name)) continue;
      const shared = (trained.get(earlier) ?? []).filter((name) => reads.has(name));
      if (shared.length === 0) continue;
      report.error('CX6003', startOf(stage.span, 'stage'), `\`${stage.name}\` reads ${shared.map((name) => `\`${name}\``).join(', ')}, which the stage \`${earlier.name}\` trains, and does not come after it`, {
        related: [{ span: startOf(earlier.span, 'stage'), label: 'trained here' }],
        help: `write \`stage ${stage.name} after ${[...stage.after, earlier.name].join(', ')} { … }\``,
      }); // prettier-ignore
    }
  }
}

/** The law: a stage that begins anew begins with new draws of what it trains. What another stage has trained is no draw. */
function reportRestarts(stages: readonly CheckedStage[], report: Reporter): void {
  for (const [at, stage] of stages.entries()) {
    if (stage.training.restarts === undefined) continue;
    const own = trainedIn(stage);
    const earlier = stages.slice(0, at).find((each) => [...trainedIn(each)].some((name) => own.has(name)));
    if (earlier === undefined) continue;
    report.error('CX6004', startOf(stage.training.span, 'train'), `a restart draws anew what the stage \`${earlier.name}\` has trained`, {
      help: 'list in `trainable …` what this stage trains, without that, or restart the first stage',
    }); // prettier-ignore
  }
}

/** The law: what is optimised for each sample is evaluated on that sample, and nothing goes on from it. */
function reportEach(stages: readonly CheckedStage[], report: Reporter): void {
  for (const [at, { name, training, evaluations }] of stages.entries()) {
    const { each, data = '' } = training;
    const next = stages[at + 1];
    if (each === true && next !== undefined)
      report.error('CX6003', startOf(next.span, 'stage'), `\`${name}\` leaves parameters of each sample, and \`${next.name}\` can go on from one set of them`, {
        help: 'let the stage that trains on each sample be the last',
      }); // prettier-ignore
    for (const evaluation of evaluations) {
      if (each === evaluation.each && (each !== true || evaluation.data === data)) continue;
      const place = startOf(evaluation.span, 'evaluate');
      if (each === true)
        report.error('CX6004', place, `the samples of \`${data}\` have parameters of their own: none are those of \`${evaluation.data}\` as a whole`, {
          expected: `\`evaluate on each ${data} { … }\``,
        }); // prettier-ignore
      else
        report.error('CX6004', place, 'no sample has parameters of its own here', {
          expected: `\`evaluate on ${evaluation.data}\`, or \`train on each ${evaluation.data}\``,
        });
    }
  }
}
