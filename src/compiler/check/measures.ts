/** The closed catalogue of metrics that are no formula: they compare texts, or match intervals one by one. */
import type { Span } from '../source/span.ts';
import type { Expression } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { defaultOf, defaultsOf } from '../types/catalogue/default-of.ts';
import { averageRecall as averageRecallSignature } from '../types/catalogue/functions/average-recall.ts';
import { bleu } from '../types/catalogue/functions/bleu.ts';
import { meanAp as meanApSignature } from '../types/catalogue/functions/mean-ap.ts';
import { softNms } from '../types/catalogue/functions/soft-nms.ts';
import { Arguments } from './arguments.ts';
import { cast, constantOf, node } from './build.ts';
import type { Checker } from './checker.ts';
import { Compose, withoutAxes } from './compose.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

const measures: Readonly<Record<string, 'bleu' | 'rouge_l' | 'cider'>> = { bleu: 'bleu', rouge_l: 'rouge_l', cider: 'cider' }; // prettier-ignore

/** `bleu(said, references, by: video, n: 4)`: of whole sets of texts; references of one value of `by` belong together. */
export function textMeasureCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [said, references] = [args.text(0), args.text(1)];
  const by = args.option('by');
  const n = args.whole('n', 'CX5006', 1);
  if (said === undefined || references === undefined || args.failed) return undefined;
  if (!hasAxis(said.type, 'batch'))
    return checker.report.error('CX3003', args.place(0), `\`${name}\` compares a text of each sample`, {
      found: printAxes(said.type.axes),
    });
  const odd = [said, references, by].find(
    (typed) => typed !== undefined && typed.op !== 'column' && typed.op !== 'generate',
  );
  if (odd !== undefined)
    return checker.report.error('CX3007', odd.span, `\`${name}\` reads columns of the data and texts that are found`, {
      found: printAxes(odd.type.axes),
      expected: 'an `input`, or `generate(…)`',
    });
  const measure = measures[name];
  if (measure === undefined) return undefined;
  const operands = [said, references, ...(by === undefined ? [] : [by])];
  const attributes = { measure, ...(measure === 'bleu' && { n: n ?? defaultOf(bleu, 'n') }) };
  return node('text_measure', operands, attributes, { element: 'f32', axes: [] }, call.span);
}

/** `soft_nms(score, begin, end, over: proposal, sigma: 0.5)`: scores lowered by what overlaps them (N. Bodla et al. 2017). */
export function softNmsCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [score, begin, end] = [args.tensor(0), args.tensor(1), args.tensor(2)];
  if (score === undefined || begin === undefined || end === undefined) return undefined;
  const axis = args.overOne(score);
  const sigma = args.number('sigma') ?? defaultOf(softNms, 'sigma');
  if (axis === undefined || args.failed) return undefined;
  for (const [at, side] of [begin, end].entries())
    if (!placed(checker, side, score, axis, args.place(at + 1))) return undefined;
  const compose = new Compose(call.span);
  const { axes } = score.type;
  const operands = [cast(score, 'f32'), cast(begin, 'f32'), cast(end, 'f32'), compose.known(score)];
  return node('soft_nms', operands, { axis, sigma }, { element: 'f32', axes }, call.span, score.mask);
}

/** The law: an interval has its place among those that the scores are of, and nothing that they have not. */
function placed(checker: Checker, side: Typed, score: Typed, axis: Axis, span: Span): boolean {
  const further = side.type.axes.filter((each) => !hasAxis(score.type, each.id));
  if (hasAxis(side.type, axis.id) && further.length === 0) return true;
  checker.report.error('CX3003', span, `an interval of \`${axis.name}\`, as the scores have them`, {
    expected: `axes of ${printAxes(score.type.axes)}, \`${axis.name}\` among them`,
    found: printAxes(side.type.axes),
  });
  return false;
}

/** `mean_ap(score, begin, end, truth: [b, e, label], tiou: [0.5])`, `average_recall(begin, end, truth: [b, e], keep: 100)`. */
export function intervalMeasureCall(site: Site): Typed | undefined {
  const { checker, call, scope, name } = site;
  const precision = name === 'mean_ap';
  const args = Arguments.of({ checker, name, call, scope });
  const found = args.tensors();
  const truth = args.tensorList('truth');
  const keep = args.whole('keep', 'CX5006', 1);
  const tiou = thresholds(args, (expression) => checker.tensor(expression, scope));
  if (args.failed) return undefined;
  const wanted = precision ? 3 : 2;
  if (truth?.length !== wanted)
    return args.fail('CX3006', `\`${name}\` needs \`truth:\`, ${wanted} values`, precision ? '`truth: [begin, end, label]`' : '`truth: [begin, end]`'); // prettier-ignore
  if (!precision)
    return averageRecall(
      site,
      args,
      [...found, ...truth.map(({ value }) => value)],
      tiou ?? defaultsOf(averageRecallSignature, 'tiou'),
      keep,
    );
  return meanAp(
    site,
    args,
    [...found, ...truth.map(({ value }) => value)],
    tiou ?? defaultsOf(meanApSignature, 'tiou'),
  );
}

/** Which axis is which: the class is what the labels point into, and of the others one is of proposals and one of true intervals. */
function meanAp(
  { checker, call }: Site,
  args: Arguments,
  [score, begin, end, from, to, label]: readonly Typed[],
  tiou: readonly number[],
): Typed | undefined {
  if (!score || !begin || !end || !from || !to || !label) return undefined;
  const classes = label.type.indexes;
  if (classes === undefined || !hasAxis(score.type, classes.id))
    return checker.report.error('CX3003', args.place(0), '`mean_ap` needs a score of each class that the truth may have', {
      expected: classes === undefined ? 'a `label` that is a class' : `\`${classes.name}\` among the axes of the scores`,
      found: printAxes(score.type.axes),
    }); // prettier-ignore
  const [proposals, second] = withoutAxes(score.type.axes, ...from.type.axes, classes);
  const [segments, further] = withoutAxes(from.type.axes, ...score.type.axes);
  if (proposals === undefined || second !== undefined || segments === undefined || further !== undefined)
    return checker.report.error('CX3004', args.place(0), '`mean_ap` needs one axis of proposals, and one of true intervals', {
      found: `${printAxes(score.type.axes)} beside ${printAxes(from.type.axes)}`,
    }); // prettier-ignore
  for (const [at, side] of [begin, end].entries())
    if (!placed(checker, side, score, proposals, args.place(at + 1))) return undefined;
  for (const side of [to, label]) {
    const same = side.type.axes.length === from.type.axes.length && side.type.axes.every((axis) => hasAxis(from.type, axis.id)); // prettier-ignore
    if (!same)
      return checker.report.error('CX3003', side.span, 'the truth has a begin, an end and a class of each interval', {
        expected: printAxes(from.type.axes),
        found: printAxes(side.type.axes),
      });
  }
  const compose = new Compose(call.span);
  const samples = withoutAxes(score.type.axes, proposals, classes);
  const real = compose.two('and', compose.two('and', compose.known(from), compose.known(to)), compose.known(label));
  const numbers = [score, begin, end].map((value) => cast(value, 'f32'));
  const operands = [...numbers, compose.known(score), cast(from, 'f32'), cast(to, 'f32'), label, real];
  const attributes = { proposals, segments, classes, samples, tiou };
  return node('mean_ap', operands, attributes, { element: 'f32', axes: [] }, call.span);
}

/** The share of true intervals that one of the first `keep` proposals overlaps enough, in the mean of the thresholds. */
function averageRecall(
  { checker, call }: Site,
  args: Arguments,
  [begin, end, from, to]: readonly Typed[],
  thresholds: readonly number[],
  keep: number | undefined,
): Typed | undefined {
  if (begin === undefined || end === undefined || from === undefined || to === undefined) return undefined;
  const [proposals, second] = withoutAxes(begin.type.axes, ...from.type.axes);
  if (proposals === undefined || second !== undefined)
    return checker.report.error('CX3004', args.place(0), '`average_recall` needs one axis of proposals, which the truth lacks', {
      found: `${printAxes(begin.type.axes)} beside ${printAxes(from.type.axes)}`,
    }); // prettier-ignore
  const compose = new Compose(call.span);
  const common = compose.one('relu', compose.two('sub', compose.two('min', end, to), compose.two('max', begin, from)));
  const lengths = compose.two('add', compose.two('sub', end, begin), compose.two('sub', to, from));
  const overlap = compose.two('div', common, compose.with('max', compose.two('sub', lengths, common), 1e-6));
  const kept = keep === undefined ? overlap : compose.only(overlap, compose.with('lt', compose.index(proposals), keep));
  const recalls = thresholds.map((threshold) => {
    const found = compose.reduce('any', compose.with('ge', kept, threshold), [proposals]);
    // a truth that is not there is no miss
    const real = compose.only(found, compose.known(from));
    return compose.reduce('mean', real, real.type.axes);
  });
  const total = recalls.reduce<Typed | undefined>((sum, recall) => (sum === undefined ? recall : compose.two('add', sum, recall)), undefined); // prettier-ignore
  return total && compose.with('div', total, thresholds.length);
}

function thresholds(args: Arguments, tensor: (expression: Expression) => Typed | undefined): number[] | undefined {
  const given = args.labelled('tiou');
  if (given === undefined) return undefined;
  const items = given.value.kind === 'list' ? given.value.items : [given];
  const values = items.flatMap((item) => {
    const typed = tensor(item.value);
    const value = typed === undefined ? undefined : constantOf(typed);
    return value === undefined ? [] : [value];
  });
  if (values.length === items.length) return values;
  return args.fail('CX3011', '`tiou` lists numbers known while compiling');
}
