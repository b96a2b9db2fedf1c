/** What each function of the package is fed with: names, sources, types. The whole batch or set; a rank has its rows of what is per sample. */
import type { Typed } from '../check/typed.ts';
import { reachable } from '../check/reachability.ts';
import { Elaborator, type Elaborated } from '../elaborate/elaborator.ts';
import type { Evaluation, InputSource } from '../program/program.ts';
import { BatchUse } from './batch-axis.ts';
import type { StageSource } from './stage-source.ts';

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

export function stageFeeds(source: StageSource, evaluations: readonly Evaluation[]): StageFeeds {
  const { checked, stage, sizes } = source;
  const { terms } = checked.training;
  const step = elaborated(source, terms.map(({ typed }) => typed), sizes.batch, true); // prettier-ignore
  const weights = terms.flatMap(({ weight }): Feed[] =>
    weight.kind === 'ramp' ? [{ name: `weight ${weight.name}`, source: { kind: 'weight', name: weight.name }, dtype: 'f32', shape: [], perSample: false }] : [],
  ); // prettier-ignore
  const measured = checked.evaluations.map(({ name, metrics }) => {
    const count = evaluations.find((each) => each.name === name)?.count ?? stage.batch;
    return [name, elaborated(source, metrics.map(({ typed }) => typed), count, false)] as const; // prettier-ignore
  });
  const texts = [step, ...measured.map(([, feeds]) => feeds)].flat().filter(isText);
  return {
    step: [...step.filter((feed) => !isText(feed)), ...weights],
    constants: [...new Map(texts.map((feed) => [feed.name, feed])).values()],
    evaluations: Object.fromEntries(measured.map(([name, feeds]) => [name, feeds.filter((feed) => !isText(feed))])),
  };
}

const isText = ({ source }: Feed): boolean => source.kind === 'texts';

function elaborated(source: StageSource, roots: readonly Typed[], batch: number, training: boolean): Feed[] {
  if (roots.length === 0) return [];
  const elaborator = new Elaborator(source.stage.name, source.checked, { ...source.sizes, batch }, training);
  for (const [at, typed] of roots.entries()) elaborator.output(`value ${at}`, elaborator.value(typed).node);
  const drawn = drawnPerSample(roots, source);
  return feedsOf(elaborator.finish(), drawn);
}

/** Streams whose numbers are of each sample by itself: noise, and what dropouts of values of samples keep. */
function drawnPerSample(roots: readonly Typed[], source: StageSource): ReadonlySet<string> {
  const use = new BatchUse();
  return new Set(
    [...reachable(roots)].flatMap((typed) => {
      if (!use.isLocal(typed)) return [];
      if (typed.op === 'random') return [typed.attributes.stream];
      if (typed.op !== 'call') return [];
      const { owner, part } = typed.attributes;
      const path = part === undefined ? '' : (source.checked.instances.find(({ name }) => name === owner)?.parts?.[part]?.path ?? ''); // prettier-ignore
      return [`dropout:${[owner, path].filter((word) => word !== '').join('.')}`];
    }),
  );
}

function feedsOf({ graph, inputs }: Elaborated, drawn: ReadonlySet<string>): Feed[] {
  return graph.nodes.flatMap((node): Feed[] => {
    if (node.op !== 'input') return [];
    const source = inputs[node.attributes.name];
    if (source === undefined || source.kind === 'parameter') return [];
    const { dtype, shape } = node.type;
    const perSample = source.kind === 'column' || (source.kind === 'random' && drawn.has(source.stream)); // prettier-ignore
    return [{ name: feedName(source, node.attributes.name), source, dtype, shape, perSample }];
  });
}

function feedName(source: InputSource, input: string): string {
  switch (source.kind) {
    case 'column':
      return source.part === 'value' ? source.column : `${source.column}.${source.part}`;
    case 'texts':
      return `${source.table}.${source.part}`;
    default:
      return input;
  }
}
