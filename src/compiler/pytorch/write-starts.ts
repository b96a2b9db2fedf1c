/** What tensors start from that a sample decides, of a stage that trains on each sample by itself. */
import { reachable } from '../check/reachability.ts';
import type { Typed } from '../check/typed.ts';
import { readInFunctions } from '../elaborate/computed-start.ts';
import { Elaborator } from '../elaborate/elaborator.ts';
import type { Axis } from '../types/axis.ts';
import { Body } from './body.ts';
import type { Surroundings } from './body-surroundings.ts';
import { feedsOf, type Feed } from './feeds.ts';
import { aligned, ordered, type LocatedCode } from './located-code.ts';
import { atom, binary, docstring, listed, numeral, text } from './python-code.ts';
import { pythonName } from './python-names.ts';
import { tensorName, type StageSource } from './stage-source.ts';
import { surroundings } from './surroundings.ts';
import type { WrittenFunction } from './written-function.ts';

const indent = '    ';

interface SampleStart {
  readonly from: Typed;
  /** Of the tensor, in its order. */
  readonly axes: readonly Axis[];
}

/** By tensor. */
function startsOf({ checked, program, stage }: StageSource): ReadonlyMap<string, SampleStart> {
  const wanted = new Set(program.parameters.filter(({ name, init }) => init.kind === 'sample' && stage.trainable.includes(name)).map(({ name }) => name)); // prettier-ignore
  const found = new Map<string, SampleStart>();
  for (const typed of reachable(checked.training.terms.map((term) => term.typed))) {
    const [from] = typed.args;
    if (typed.op !== 'parameter' || from === undefined) continue;
    const name = tensorName(typed.attributes);
    if (wanted.has(name)) found.set(name, { from, axes: typed.type.axes });
  }
  return found;
}

/** Nothing where no sample decides a start. */
export function writeStarts(source: StageSource): WrittenFunction | undefined {
  const starts = startsOf(source);
  if (starts.size === 0) return undefined;
  const name = `starts_${pythonName(source.stage.name)}`;
  const body = Body.written(startingFrom(source), [], (each) => {
    const entries = [...starts].map(([tensor, { from, axes }]) => {
      const value = each.value(from);
      const code = each.expanded(value, axes, from, aligned(value, axes));
      return `${text(tensor)}: ${code.text}`;
    });
    each.lines.push(...listed('return {', entries, '}', indent));
  });
  const lines = [
    `def ${name}(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:`,
    ...docstring([`What tensors of ${source.stage.name} start from that a sample decides.`], indent),
    ...body.lines,
  ];
  return { name, lines, functions: body.functions, modules: body.modules };
}

/** What the function is fed with: the sample, and draws of its own. */
export function startFeeds(source: StageSource): readonly Feed[] {
  const starts = startsOf(source);
  if (starts.size === 0) return [];
  const { checked, stage, sizes } = source;
  const elaborator = new Elaborator(stage.name, checked, { ...sizes, batch: 1 }, false, false, true);
  for (const [name, { from }] of starts) elaborator.output(`start ${name}`, elaborator.value(from).node);
  return feedsOf(elaborator.finish(), new Set(), source).filter(({ source: { kind } }) => kind !== 'texts');
}

/** A raw `param` is what it starts from in turn, as `startWithin` has it: one that no step reads is drawn for each sample and restart. */
function startingFrom(source: StageSource): Surroundings {
  const base = surroundings(source, 'evaluation');
  return {
    ...base,
    given: (body, typed) => {
      if (typed.op === 'parameter') return ownStart(body, typed, source) ?? base.given(body, typed);
      const isOwn = source.constants.has(source.keys.of(typed)) && readsOwn(typed, source);
      return isOwn ? undefined : base.given(body, typed);
    },
  };
}

const readsOwn = (typed: Typed, source: StageSource): boolean =>
  [...reachable([typed])].some((each) => each.op === 'parameter' && isOwn(each.attributes.owner, source));

/** Whether a `param` is drawn with the start, rather than read. */
function isOwn(owner: string, { checked }: StageSource): boolean {
  const param = checked.parameters.find((each) => each.name === owner);
  return param !== undefined && !(param.flag === 'frozen' && readInFunctions(checked).has(owner));
}

function ownStart(body: Body, typed: Extract<Typed, { op: 'parameter' }>, source: StageSource): LocatedCode | undefined {
  const { axes } = typed.type;
  const { owner, path, init } = typed.attributes;
  if (!isOwn(owner, source)) return undefined;
  const [from] = typed.args;
  if (from !== undefined) return ordered(body.value(from), axes.filter((axis) => from.type.axes.some(({ id }) => id === axis.id))); // prettier-ignore
  const stream = (own: string | undefined): LocatedCode['code'] =>
    atom(`batch[${text(`random init:${own ?? tensorName({ owner, path })}`)}]`);
  switch (init.kind) {
    case 'constant':
      return { code: numeral(init.value), axes: [] };
    case 'uniform':
      return { code: stream(init.stream), axes };
    case 'normal': {
      const scaled = init.deviation === 1 ? stream(init.stream) : binary('*', numeral(init.deviation), stream(init.stream)); // prettier-ignore
      return { code: init.mean === 0 ? scaled : binary('+', scaled, numeral(init.mean)), axes };
    }
    default:
      return undefined;
  }
} // prettier-ignore
