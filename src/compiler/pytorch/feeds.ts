/** What each function of the package is fed with: names, sources, types. The whole batch or set; a rank has its rows of what is per sample. */
import type { Typed } from '../check/typed.ts';
import { reachableHere } from '../check/reachability.ts';
import { wholeValues } from './data-values.ts';
import { Elaborator, type Elaborated } from '../elaborate/elaborator.ts';
import type { Evaluation } from '../program/evaluation.ts';
import type { InputSource } from '../program/program-function.ts';
import { BatchUse } from './batch-axis.ts';
import { maskedCounts } from './masked-counts.ts';
import type { StageSource } from './stage-source.ts';
import { stepTrace } from './step-trace.ts';
import { Unsupported } from './unsupported.ts';

export interface Feed {
  /** As the functions ask for it: `face`, `caption.ids`, `random shuffle:L_re.p`. */
  readonly name: string;
  readonly source: InputSource;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Its first dimension is the samples at hand. */
  readonly perSample: boolean;
}

export interface StageFeeds {
  readonly step: readonly Feed[];
  readonly constants: readonly Feed[];
  readonly evaluations: Readonly<Record<string, readonly Feed[]>>;
}

/** `further`: what texts are generated of. */
export function stageFeeds(
  source: StageSource,
  evaluations: readonly Evaluation[],
  further: readonly Feed[] = [],
): StageFeeds {
  const { checked, stage, sizes } = source;
  const { terms } = checked.training;
  const counts = maskedCounts(terms, stage.terms).map(({ left }) => left);
  const step = elaborated(source, [...terms.map(({ typed }) => typed), ...counts], sizes.batch, true); // prettier-ignore
  const weights = terms.flatMap(({ weight }): Feed[] =>
    weight.kind === 'ramp' ? [{ name: `weight ${weight.name}`, source: { kind: 'weight', name: weight.name }, dtype: 'f32', shape: [], perSample: false }] : [],
  ); // prettier-ignore
  const measured = checked.evaluations.map(({ name, metrics, over, views }, at) => {
    const count = evaluations[at]?.count ?? stage.batch;
    const counts = maskedCounts(metrics, evaluations[at]?.table ?? []).map(({ left }) => left);
    return [name, elaborated(source.under(over), [...metrics.map(({ typed }) => typed), ...counts], count, false, views === 'random')] as const; // prettier-ignore
  });
  const { search } = checked.training;
  if (search !== undefined && stage.search !== undefined)
    measured.push([
      stage.search.evaluation.name,
      elaborated(source, [search.metric.typed], stage.search.evaluation.count, false),
    ]);
  for (const { part, evaluation } of wholeValues(source)) {
    const count = stage.dataValues?.find(({ name }) => name === evaluation.name)?.count ?? stage.batch;
    measured.push([evaluation.name, elaborated(part, evaluation.metrics.map(({ typed }) => typed), count, false)]); // prettier-ignore
  }
  const texts = [step, further, ...measured.map(([, feeds]) => feeds)].flat().filter(isText);
  return {
    step: [...step.filter((feed) => !isText(feed)), ...weights],
    constants: [...new Map(texts.map((feed) => [feed.name, feed])).values()],
    evaluations: Object.fromEntries(measured.map(([name, feeds]) => [name, feeds.filter((feed) => !isText(feed))])),
  };
}

/** Of values that are worked out of so many samples of a set; texts are among the constants of the stage. */
export const measuredFeeds = (source: StageSource, roots: readonly Typed[], count: number): readonly Feed[] =>
  elaborated(source, roots, count, false).filter((feed) => !isText(feed));

export const isText = ({ source }: Feed): boolean => source.kind === 'texts';

export function elaborated(source: StageSource, roots: readonly Typed[], batch: number, training: boolean, drawsViews = training): Feed[] {
  if (roots.length === 0) return [];
  const elaborator = new Elaborator(source.stage.name, source.checked, { ...source.sizes, batch }, training, drawsViews);
  for (const [at, typed] of roots.entries()) elaborator.output(`value ${at}`, elaborator.value(typed).node);
  const drawn = drawnPerSample(roots, training ? source : undefined);
  return feedsOf(elaborator.finish(), drawn, source);
} // prettier-ignore

/** Streams whose numbers are of each sample by itself: noise, and what a step leaves out of values of samples. */
function drawnPerSample(roots: readonly Typed[], step: StageSource | undefined): Pick<ReadonlySet<string>, 'has'> {
  const use = new BatchUse();
  const local = [...reachableHere(roots)].filter((typed) => use.isLocal(typed));
  // an operation of a view has streams of its own
  const views = local.flatMap((typed) => (typed.op === 'view' ? [`${typed.attributes.stream}.`] : []));
  const streams = new Set(
    local.flatMap((typed) => {
      if (typed.op === 'random') return [typed.attributes.stream];
      return step === undefined
        ? []
        : stepTrace(step)
            .drawsOf(typed)
            .map(({ stream }) => stream);
    }),
  );
  return { has: (stream) => streams.has(stream) || views.some((start) => stream.startsWith(start)) };
}

export function feedsOf({ graph, inputs }: Elaborated, drawn: Pick<ReadonlySet<string>, 'has'>, stage: StageSource): Feed[] {
  const feeds = graph.nodes.flatMap((node): Feed[] => {
    if (node.op !== 'input') return [];
    const found = inputs[node.attributes.name];
    if (found === undefined || found.kind === 'parameter' || found.kind === 'constant') return [];
    const source = found.kind === 'texts' ? { ...found, table: stage.table(found.table) } : found;
    const { dtype, shape } = node.type;
    const perSample = source.kind === 'column' || (source.kind === 'random' && drawn.has(source.stream)); // prettier-ignore
    return [{ name: feedName(source, node.attributes.name), source, dtype, shape, perSample }];
  });
  const shapes = new Map(feeds.map(({ name, shape }) => [name, shape.join()]));
  const twice = feeds.find(({ name, shape }) => shapes.get(name) !== shape.join());
  if (twice !== undefined) throw new Unsupported(stage.checked.training, 'one draw for values of two shapes');
  return feeds;
} // prettier-ignore

function feedName(source: InputSource, input: string): string {
  switch (source.kind) {
    case 'column':
      return source.part === 'value' ? source.column : `${source.column}.${source.part}`;
    case 'texts':
      return `${source.table}.${source.part}`;
    case 'random':
      return `random ${source.stream}`;
    default:
      return input;
  }
}
