/** Whether more or less of a metric is better: what the experiment says of it, else what its formula is known to be. */
import type { BinaryOperator, Expression } from '../syntax/ast.ts';
import { visit } from '../syntax/visit.ts';
import type { CombinedMetric, MetricFormula } from '../program/combined-metric.ts';
import type { Program } from '../program/program.ts';
import type { Module } from '../resolve/modules.ts';
import type { ComparedExperiment } from './sides.ts';

export type Direction = 'min' | 'max';

/** `stated`: the experiment selects, stops or keeps by it; `formula`: it is a measure that the catalogue knows. */
export interface KnownDirection {
  readonly direction: Direction;
  readonly by: 'stated' | 'formula';
}

/** By the name of the metric: the same formula on other data is better at the same end. */
export function statedDirections({ stages }: Pick<Program, 'stages'>): ReadonlyMap<string, Direction> {
  const rules = stages.flatMap((stage) => [...(stage.stop === undefined ? [] : [stage.stop]), ...stage.evaluations.flatMap(({ best }) => best ?? [])]); // prettier-ignore
  return new Map(rules.map(({ metric, direction }) => [metric, direction]));
}

/** By name, of all metrics of an experiment of which it is known. What is said twice with two answers is not known. */
export function metricDirections({ checked, program, graph }: ComparedExperiment): ReadonlyMap<string, KnownDirection> {
  const found = new Map<string, KnownDirection>();
  for (const [name, direction] of byFormula(graph.root)) found.set(name, { direction, by: 'formula' });
  for (const each of program.combined ?? []) {
    const direction = ofCombined(each.value, found);
    if (direction !== undefined) found.set(each.name, { direction, by: 'formula' });
  }
  for (const { keep } of checked.sweeps) if (keep !== undefined) found.set(keep.metric, { direction: keep.direction, by: 'stated' }); // prettier-ignore
  for (const [name, direction] of statedDirections(program)) found.set(name, { direction, by: 'stated' });
  return found;
}

function byFormula(root: Module | undefined): ReadonlyMap<string, Direction> {
  const answers = new Map<string, Set<Direction | undefined>>();
  if (root === undefined) return new Map();
  visit(root.file, {
    metric: ({ name, value }) => {
      const known = answers.get(name.text) ?? new Set();
      answers.set(name.text, known.add(directionOf(value, { module: root, depth: 0 })));
    },
  });
  return new Map(
    [...answers].flatMap(([name, each]) => {
      const [only, second] = each;
      return only === undefined || second !== undefined ? [] : [[name, only] as const];
    }),
  );
}

interface Place {
  readonly module: Module;
  readonly depth: number;
}

/** Formulas that call formulas: each is looked into, so far. */
const deepest = 12;

function directionOf(value: Expression, place: Place): Direction | undefined {
  if (place.depth > deepest) return undefined;
  const inner = { ...place, depth: place.depth + 1 };
  switch (value.kind) {
    case 'in-unit':
    case 'as-axes':
    case 'on-data':
      return directionOf(value.value, inner);
    case 'reference':
      return ofName(value.name, inner);
    case 'call':
      return value.callee.kind === 'reference' ? ofCall(value.callee.name, value.args[0]?.value, inner) : undefined;
    case 'binary':
      return ofBinary(value.operator, value.left, value.right, inner);
    default:
      return undefined;
  }
}

/** The one `let`, or metric, of that name. */
function ofName(name: string, place: Place): Direction | undefined {
  const values: Expression[] = [];
  visit(place.module.file, {
    let: ({ pattern, value }) => {
      if (pattern.names.length === 1 && pattern.names[0]?.text === name) values.push(value);
    },
    metric: ({ name: own, value }) => {
      if (own.text === name) values.push(value);
    },
  });
  const [only, second] = values;
  return only === undefined || second !== undefined ? undefined : directionOf(only, place);
}

function ofCall(name: string, first: Expression | undefined, place: Place): Direction | undefined {
  const imported = place.module.imports.get(name);
  const declaration = imported?.declaration ?? place.module.declarations.find(name, 'value');
  if (declaration === undefined) {
    if (passing.has(name)) return first === undefined ? undefined : directionOf(first, place);
    if (name === 'abs') return isDifference(first) ? 'min' : undefined;
    return builtIn[name];
  }
  const module = imported?.module ?? place.module;
  const known = module.path.startsWith('library/') ? library[declaration.name.text] : undefined;
  if (known !== undefined) return known;
  const { statement } = declaration;
  return statement.kind === 'fn' ? directionOf(statement.body.result, { ...place, module }) : undefined;
}

function ofBinary(operator: BinaryOperator, left: Expression, right: Expression, place: Place): Direction | undefined {
  if (operator === '==') return 'max'; // how often it is right
  if (operator === '^') return isDifference(left) && right.kind === 'quantity' && right.value === 2 ? 'min' : undefined;
  if (operator === '<=' || operator === '<') {
    // how often an error stays below a bound
    const below = right.kind === 'quantity' ? directionOf(left, place) : undefined;
    return below === 'min' ? 'max' : undefined;
  }
  if ((operator === '*' || operator === '/') && right.kind === 'quantity' && right.value > 0) return directionOf(left, place); // prettier-ignore
  return undefined;
}

const isDifference = (value: Expression | undefined): boolean => value?.kind === 'binary' && value.operator === '-';

/** A metric of metrics that only adds, or scales by a number above 0, metrics that are all better at one end. */
function ofCombined(formula: MetricFormula, known: ReadonlyMap<string, KnownDirection>): Direction | undefined {
  if (formula.kind === 'metric') return known.get(formula.metric)?.direction;
  if (formula.kind !== 'two') return undefined;
  const { op, left, right } = formula;
  const [a, b] = [left, right].map((side) => ofCombined(side, known));
  if (op === 'add') return a === b ? a : undefined;
  const isScale = (side: CombinedMetric['value']): boolean => side.kind === 'number' && side.value > 0;
  if ((op === 'mul' || op === 'div') && isScale(right)) return a;
  return op === 'mul' && isScale(left) ? b : undefined;
}

/** What leaves more to be more. */
const passing: ReadonlySet<string> = new Set(['mean', 'median', 'sum', 'sqrt', 'max', 'min', 'only']);

const builtIn: Readonly<Record<string, Direction>> = {
  angle: 'min',
  mean_ap: 'max', average_recall: 'max', bleu: 'max', rouge_l: 'max', cider: 'max', spearman: 'max',
}; // prettier-ignore

/** Formulas of `library/` whose shape does not tell it. */
const library: Readonly<Record<string, Direction>> = {
  accuracy: 'max', top_k_accuracy: 'max', accuracy_by_class: 'max', balanced_accuracy: 'max', pixel_accuracy: 'max',
  harmonic_mean: 'max', recall_at: 'max', hit_at: 'max', mean_reciprocal_rank: 'max', inverse_negative_penalty: 'max',
  average_precision: 'max', average_precision_by_threshold: 'max', mean_average_precision: 'max', f1: 'max', area_under_curve: 'max',
  iou_by_class: 'max', mean_iou: 'max', pearson: 'max', kendall: 'max', within_ratio: 'max',
  place: 'min', expected_place: 'min', median_place: 'min', mean_place: 'min', perplexity: 'min', mean_angle: 'min', angular_error: 'min',
  absolute_relative: 'min', squared_relative: 'min', depth_rmse: 'min', depth_rmse_log: 'min', depth_log10: 'min', nearest_error: 'min',
  cross_entropy: 'min', masked_cross_entropy: 'min', soft_cross_entropy: 'min', smoothed_cross_entropy: 'min', weighted_cross_entropy: 'min',
  focal_cross_entropy: 'min', binary_cross_entropy: 'min', kl_divergence: 'min', focal: 'min', asymmetric: 'min', dice: 'min',
  info_nce: 'min', siglip: 'min', supervised_contrastive: 'min', nt_xent: 'min', cosine_gap: 'min', cosine_distance: 'min', huber: 'min', smooth_l1: 'min',
}; // prettier-ignore
